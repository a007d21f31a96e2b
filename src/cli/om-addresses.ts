import type { OmAddress } from '../ozone/index.ts';
import { UsageError } from './usage-error.ts';

const FORM = 'HOST[:HTTP_PORT[:GRPC_PORT]], more of them separated by commas';

/** `om1:9874:8981,om2,[::1]:9874`: the addresses of one or several Ozone Managers. */
export function omAddresses(text: string): readonly OmAddress[] {
  return text.split(',').map((part) => {
    const found = /^(?:\[(?<ipv6>[^\]]+)\]|(?<name>[^:[\]\s]+))(?::(?<http>\d+)(?::(?<grpc>\d+))?)?$/u.exec(
      part.trim(),
    );
    const { ipv6, name, http, grpc } = found?.groups ?? {};
    const host = ipv6 ?? name;
    if (host === undefined) throw new UsageError(`Expected \`--om\` to be ${FORM}, got \`${text}\``);
    return {
      host,
      ...(http === undefined ? {} : { httpPort: port(http, text) }),
      ...(grpc === undefined ? {} : { grpcPort: port(grpc, text) }),
    };
  });
}

function port(digits: string, text: string): number {
  const number = Number(digits);
  if (number >= 1 && number <= 65_535) return number;
  throw new UsageError(`Expected a port from 1 to 65535 in \`--om ${text}\`, got ${digits}`);
}
