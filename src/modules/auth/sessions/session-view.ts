import type { Principal } from '../../../core/auth/principal';
import { deviceOf } from '../../../core/http/device';
import { networkOf } from '../../../core/http/rate-limits/network';
import type { Session } from './session.entity';

/** A session as its owner sees it. */
export const sessionView = (session: Session, { sessionId }: Principal) => ({
  id: session.id,
  organizationId: session.organizationId,
  userAgent: session.userAgent,
  methods: session.methods,
  authenticatedAt: session.authenticatedAt,
  createdAt: session.createdAt,
  lastUsedAt: session.lastUsedAt,
  expiresAt: session.expiresAt,
  current: session.id === sessionId,
  device: deviceOf(session.userAgent),
  network: placeOf(session.address),
  transport: session.cookieHash ? 'cookie' : 'token',
});

function placeOf(address: string | null): string | null {
  if (!address) return null;
  const network = networkOf(address);
  return network.includes(':') ? `${network}::/64` : network;
}
