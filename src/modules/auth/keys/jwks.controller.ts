import { Controller, Get, Header } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { z } from 'zod';
import { Public } from '../../../core/auth/access';
import { Returns } from '../../../core/http/returns';
import { AuthTopic } from '../auth.topic';
import { SigningKeys } from './signing-keys';

/** How long others may keep the answer. */
export const JWKS_SECONDS = 300;

const jwk = z
  .object({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: z.string(),
    y: z.string(),
    kid: z.string().meta({ description: 'RFC 7638 thumbprint; the `kid` of tokens signed with the key.' }),
    alg: z.literal('ES256'),
    use: z.literal('sig'),
  })
  .meta({ id: 'JsonWebKey' });

const jwks = z
  .object({ keys: z.array(jwk) })
  .meta({ id: 'JsonWebKeySet', description: 'The public keys that verify access tokens (RFC 7517).' });

@Controller('.well-known')
@AuthTopic()
@Public()
export class JwksController {
  constructor(private readonly keys: SigningKeys) {}

  @Get('jwks.json')
  @Header('cache-control', `public, max-age=${JWKS_SECONDS}`)
  @ApiOperation({ summary: 'Show the keys that verify access tokens', operationId: 'getJwks' })
  @Returns(jwks)
  get() {
    return this.keys.jwks();
  }
}
