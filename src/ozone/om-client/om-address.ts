import { checkKeys, expected } from '../../store/expected.ts';

/** Where an Ozone Manager listens. @public */
export interface OmAddress {
  /** A name or an IP address. */
  readonly host: string;
  /** Where it serves checkpoints: `ozone.om.http-address`, or its https twin. @defaultValue 9874; 9875 with `https:` */
  readonly httpPort?: number;
  /** Where it answers gRPC: `ozone.om.grpc.port`. @defaultValue 8981 */
  readonly grpcPort?: number;
}

/** An address, the ports that it left out filled in. @public */
export type FullOmAddress = Required<OmAddress>;

const GRPC_PORT = 8981;
const KEYS = ['host', 'httpPort', 'grpcPort'];

/** Throws `TypeError` unless it is an address. */
export function fullAddress(address: OmAddress, protocol: 'http:' | 'https:'): FullOmAddress {
  checkKeys(address, KEYS, 'addresses');
  const { host, httpPort = protocol === 'http:' ? 9874 : 9875, grpcPort = GRPC_PORT } = address;
  const isHost = typeof host === 'string' && /^[^\s/?#@\\[\]]+$/.test(host);
  if (!isHost || !URL.canParse(`http://${authority(host, 1)}`)) {
    throw expected('host', 'a host name or an IP address', host);
  }
  for (const [name, port] of Object.entries({ httpPort, grpcPort })) {
    if (!Number.isInteger(port) || port < 1 || port > 65535) throw expected(name, 'a port', port);
  }
  return { host, httpPort, grpcPort };
}

/** Host and port, as they stand in a URL. */
export function authority(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
