import { Module } from '@nestjs/common';
import { entities } from '../../core/database/entities';
import { DisablementService } from './disablement.service';
import { User } from './user.entity';
import './users.commands';
import { UsersController } from './users.controller';
import { UsersService } from './users.service';

/** People: one account for each e-mail address, whatever organizations it belongs to. */
@Module({
  imports: [entities(User)],
  controllers: [UsersController],
  providers: [DisablementService, UsersService],
  exports: [DisablementService, UsersService],
})
export class UsersModule {}
