import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { digestOf } from '../features/feature-key.js';
import { openExamples, type SharedExamples, writeExamples } from '../features/shared-examples.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { messageOf, UserError } from '../runtime/errors.js';
import { makeFolder } from '../runtime/make-folder.js';
import { packageVersion } from '../runtime/package-version.js';
import { readRecord } from '../runtime/record-file.js';
import { nativeBinding } from '../runtime/tensorflow.js';
import { fitVersion } from '../training/fit-version.js';
import { type AnyFitKind, fitKinds } from './fit-kinds.js';
import type { FitKind, Fits } from './study-fits.js';
import { WorkGone } from './work-gone.js';

/**
 * The contract for fits that any machine may make, any number of times, at any time:
 *
 * - A plan holds all that its fits depend on but their parts: the kind of fit, what all share, the examples with a digest of
 *   their values, and the software. From these follows its name, from its name its place: STORE/studies/PLAN/plan.json.
 *   The values are in STORE/studies/examples.
 * - The answer of a part is STORE/studies/PLAN/KIND/PART.json; PART is a digest of the part, KIND how the machine rounds
 *   (`fittingKind`).
 * - All are written under another name in the same folder, made durable, and renamed. Who makes a fit again writes the same
 *   bytes over them.
 */
interface FitPlan {
  readonly format: 1;
  readonly kind: string;
  readonly software: string;
  readonly shared: unknown;
  readonly examples: SharedExamples;
  readonly mirrored?: SharedExamples;
}

/** A plan that was read on the machine that is to make its fits. */
export interface PlannedFits {
  readonly kind: AnyFitKind;
  readonly fits: Fits<unknown>;
  close(): void;
}

const planFile = 'plan.json';
const answerSchema = z.object({ format: z.literal(1), answer: z.unknown() });

/** What fits depend on beside their data. */
function software(): string {
  return `finetune ${packageVersion()} (fits ${fitVersion}), TensorFlow ${nativeBinding().TF_Version}`;
}

/** Keeps a plan, with its examples, in the shared folder. @returns its name. */
export async function saveFits<Shared, Part, Answer>(
  store: string,
  kind: FitKind<Shared, Part, Answer>,
  { shared, examples, mirrored }: Fits<Shared>,
): Promise<string> {
  const folder = examplesFolder(store);
  const plan: FitPlan = {
    format: 1,
    kind: kind.name,
    software: software(),
    shared,
    examples: await writeExamples(folder, examples),
    ...(mirrored && { mirrored: await writeExamples(folder, mirrored) }),
  };
  const name = digestOf(plan);
  const file = path.join(fitsFolder(store, name), planFile);
  if (wholePlan(file, name)) return name;
  makeFolder(path.dirname(file));
  await writeFileAtomic(file, JSON.stringify(plan));
  return name;
}

/**
 * Opens a plan that another machine has written.
 *
 * @throws UserError when it is not there whole, or this machine's software would make other fits.
 */
export function openFits(store: string, name: string): PlannedFits {
  const file = path.join(fitsFolder(store, name), planFile);
  const plan = wholePlan(file, name);
  if (!plan) {
    const Gone = fs.existsSync(store) ? WorkGone : UserError;
    throw new Gone(
      `Expected the plan of a study in '${file}' but there is none that is whole. Run the study's command again: it writes it anew.`,
    );
  }
  const kind = fitKinds.get(plan.kind);
  if (!kind || plan.software !== software()) {
    throw new UserError(
      `Expected to make the same fits as the machine that asks, which has ${plan.software}, but this one has ${software()}. Install the same versions.`,
    );
  }
  const open = (which: SharedExamples) => {
    try {
      return openExamples(examplesFolder(store), which);
    } catch (error) {
      throw new WorkGone(messageOf(error), { cause: error });
    }
  };
  const examples = open(plan.examples);
  const mirrored = plan.mirrored && open(plan.mirrored);
  return {
    kind,
    fits: { shared: plan.shared, examples, mirrored },
    close: () => {
      mirrored?.close();
      examples.close();
    },
  };
}

/** What a file holds, if that is the plan of this name. */
function wholePlan(file: string, name: string): FitPlan | undefined {
  try {
    const plan: unknown = JSON.parse(fs.readFileSync(file, 'utf8'));
    return digestOf(plan) === name ? (plan as FitPlan) : undefined;
  } catch {
    return undefined;
  }
}

/** The folder of a plan. */
export function fitsFolder(store: string, plan: string): string {
  return path.join(store, 'studies', plan);
}

function examplesFolder(store: string): string {
  return path.join(store, 'studies', 'examples');
}

/** The name of a part's file. */
export function answerFile(part: unknown): string {
  return `${digestOf(part)}.json`;
}

/** @param folder of the plan and the kind of machine. */
export async function writeAnswer(folder: string, part: unknown, answer: unknown): Promise<void> {
  makeFolder(folder);
  await writeFileAtomic(path.join(folder, answerFile(part)), JSON.stringify({ format: 1, answer }));
}

/** The answer of a part. @throws UserError when it is not there or damaged. */
export function readAnswer(folder: string, part: unknown): unknown {
  const file = path.join(folder, answerFile(part));
  const advice = 'Delete that file and give the command again: the fit is then made once more.';
  return readRecord(file, answerSchema, 'the answer of a fit', advice).answer;
}
