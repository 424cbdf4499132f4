import type { DynamicModule, FactoryProvider, Type } from '@nestjs/common';
import { getRepositoryToken, TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type ObjectLiteral, Repository } from 'typeorm';
import { transactionManager } from './database';
import { insertRow, isPlain } from './insert-row';

/**
 * The repositories of a module's entities, for its `imports`; inject them with `@InjectRepository(Product)`.
 * They are TypeORM's own, except that they join the transaction that `database.transaction()` opened around the call,
 * and insert single rows the short way ({@link insertRow}).
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
  const metadata = dataSource.getMetadata(entity);
  const plain = isPlain(metadata) ? insertRow(metadata) : undefined;
  const insert: Repository<T>['insert'] = (given) =>
    plain && isRow(given)
      ? plain(repository.manager, given)
      : Repository.prototype.insert.call(repository, given as never);
  return Object.defineProperties(repository, {
    manager: { get: () => transactionManager() ?? dataSource.manager },
    queryRunner: { get: () => transactionManager()?.queryRunner },
    insert: { value: insert },
  });
}

/** One row of values; several rows and SQL expressions are for TypeORM's own way. */
const isRow = (given: object): boolean =>
  !Array.isArray(given) && !Object.values(given).some((value) => typeof value === 'function');
