/** Preloaded into a command: the packages that `SR_MISSING` lists are not installed. */
import { registerHooks } from 'node:module';

const missing = (process.env['SR_MISSING'] ?? '').split(' ');

registerHooks({
  resolve: (specifier, context, nextResolve) => {
    if (!missing.includes(specifier)) return nextResolve(specifier, context);
    throw Object.assign(new Error(`Cannot find package '${specifier}'`), { code: 'ERR_MODULE_NOT_FOUND' });
  },
});
