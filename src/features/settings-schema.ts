import { z } from 'zod';
import type { BranchSettings } from './compile-in.js';

/** How one frozen network computes, as records keep it; told apart by the precision, so that a fault is told by its place. */
export const branchSettingsSchema = z.discriminatedUnion('precision', [
  z.object({ precision: z.enum(['float32', 'bfloat16', 'float16']) }),
  z.object({
    precision: z.literal('int8'),
    calibration: z.object({
      ranges: z.record(z.string(), z.number().positive()),
      pixels: z.literal(true).exactOptional(),
      lowest: z.record(z.string(), z.number().nonpositive()).exactOptional(),
      largestWeight: z.literal(64).exactOptional(),
    }),
  }),
]) satisfies z.ZodType<BranchSettings>;
