import type { DynamicModule, FactoryProvider, Type } from '@nestjs/common';
import { getRepositoryToken, TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type ObjectLiteral, Repository } from 'typeorm';
import { transactionManager } from './database';

/**
 * The repositories of a module's entities, for its `imports`; inject them with `@InjectRepository(Product)`.
 * They are TypeORM's own, except that they join the transaction that `database.transaction()` opened around the call.
 */
export function entities(...classes: Type<ObjectLiteral>[]): DynamicModule {
  const feature = TypeOrmModule.forFeature(classes);
  const providers = classes.map((entity): FactoryProvider => ({
    provide: getRepositoryToken(entity),
    inject: [DataSource],
    useFactory: (dataSource: DataSource) => joining(dataSource, entity),
  }));
  return { ...feature, providers, exports: providers };
}

function joining<T extends ObjectLiteral>(dataSource: DataSource, entity: Type<T>): Repository<T> {
  const repository = new Repository<T>(entity, dataSource.manager);
  return Object.defineProperties(repository, {
    manager: { get: () => transactionManager() ?? dataSource.manager },
    queryRunner: { get: () => transactionManager()?.queryRunner },
  });
}
