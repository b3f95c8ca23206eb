/**
 * What other tools call our options, without hyphens and in small letters, and what to say. A name alone is the flag that
 * does the same here.
 */
const known: Readonly<Record<string, string>> = {
  lr: '--learning-rate',
  lr0: '--learning-rate',
  learnrate: '--learning-rate',
  bs: '--batch-size',
  batch: '--batch-size',
  wd: '--weight-decay',
  opt: '--optimiser',
  optim: '--optimiser',
  optimizer: '--optimiser',
  epoch: '--epochs',
  numepochs: '--epochs',
  maxepochs: '--epochs',
  model: '--base',
  arch: '--base',
  backbone: '--base',
  network: '--base',
  dir: '--data',
  datadir: '--data',
  dataset: '--data',
  folder: '--data',
  images: '--data',
  input: '--data',
  output: '--out',
  outputdir: '--out',
  project: '--out',
  runname: '--name',
  checkpoint: '--weights',
  pretrained:
    '--base names a pretrained network already, --weights a file of your own, --from-scratch random weights',
  freeze: 'all of the base is frozen already: --unfreeze names the layer from which on it is trained',
  randomseed: '--seed',
  manualseed: '--seed',
  folds:
    'cross-validation makes figures and no classifier, so it is a command: finetune cross-validate DIR --folds 5 --repeats 3',
  kfold: 'cross-validation is a command: finetune cross-validate DIR --folds 5 --repeats 3',
  repeats:
    'cross-validation makes figures and no classifier, so it is a command: finetune cross-validate DIR --folds 5 --repeats 3',
  valsplit: '--validation-fraction',
  validationsplit: '--validation-fraction',
  valratio: '--validation-fraction',
  testsplit: '--test-fraction',
  drop: '--dropout',
  smoothing: '--label-smoothing',
  scheduler: '--schedule',
  sched: '--schedule',
  gpu: '--device gpu',
  cuda: '--device gpu',
  cpu: '--device cpu',
  nogpu: '--device cpu',
  fp16: '--precision float16',
  half: '--precision float16',
  amp: '--precision float16 or bfloat16, of the frozen base',
  bf16: '--precision bfloat16',
  int8: '--precision int8',
  verbose: '--debug shows the stack trace of an error; progress is shown unless --quiet',
  workers: 'pictures are decoded on as many threads as there are cores',
  numworkers: 'pictures are decoded on as many threads as there are cores',
  imgsz: '--input',
  imagesize: '--input',
  imgsize: '--input',
  augmentation: '--augment',
  augmentations: '--augment',
  autoaugment: '--augment strong',
  scratch: '--from-scratch',
  preset: '--effort',
  timelimit: 'no clock decides anything here: --effort quick, default or best says how much is computed',
  tta: 'it is an option of predict and evaluate',
  resume: 'the same command again goes on with an interrupted run',
};

/** What to say of a flag that another tool has: a sentence, or undefined where it is not known. */
export function peersWord(flag: string, own: readonly string[]): string | undefined {
  const word = flag.replace(/[-_]|=.*$/g, '').toLowerCase();
  const same = own.find((name) => name.replaceAll('-', '') === word);
  const answer = Object.hasOwn(known, word) ? known[word] : same;
  if (answer === undefined) return undefined;
  return answer.startsWith('--') && !answer.includes(':') ? `here it is ${answer}` : answer;
}
