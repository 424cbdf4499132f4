import { Controller, Get } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Authenticated, Public, Requires } from '../../core/auth/access';
import { NeverShed } from '../../core/http/overload';
import { RateClass } from '../../core/http/rate-limits/rate-class';
import { Refuses } from '../../core/http/refuses';
import { Returns } from '../../core/http/returns';
import { Topic } from '../../core/openapi/topic';
import { HealthView, ProbeView, VersionView } from './health.schema';
import { HealthService, NotReady } from './health.service';

const OK: { status: 'ok' } = { status: 'ok' };

@Topic('health', 'Whether the service is well, for balancers, orchestrators and operators.')
@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get('live')
  @Public()
  @RateClass('unlimited')
  @NeverShed()
  @Returns(ProbeView)
  @ApiOperation({
    operationId: 'probeLive',
    summary: 'Whether the process answers; nothing else is looked at',
  })
  live() {
    return OK;
  }

  @Get('ready')
  @Public()
  @RateClass('unlimited')
  @NeverShed()
  @Refuses(NotReady)
  @Returns(ProbeView)
  @ApiOperation({ operationId: 'probeReady', summary: 'Whether requests should be sent here' })
  async ready() {
    await this.health.assertReady();
    return OK;
  }

  @Get('startup')
  @Public()
  @RateClass('unlimited')
  @NeverShed()
  @Refuses(NotReady)
  @Returns(ProbeView)
  @ApiOperation({ operationId: 'probeStartup', summary: 'Whether the process has been ready once' })
  async startup() {
    await this.health.assertStarted();
    return OK;
  }

  @Get('version')
  @Authenticated()
  @Returns(VersionView)
  @ApiOperation({ operationId: 'getVersion', summary: 'Which version and revision run' })
  version() {
    return this.health.version();
  }

  @Get()
  @Requires('health:read')
  @Returns(HealthView)
  @ApiOperation({ operationId: 'getHealth', summary: 'What the service relies on, and how that is' })
  get() {
    return this.health.report();
  }
}
