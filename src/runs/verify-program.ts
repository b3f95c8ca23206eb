import { goldenPicture, goldenRecord } from './golden-picture.js';
import type { PythonRuntime } from './python-runtimes.js';

/** Its file beside a model for Python. */
export const verifyFile = 'verify.py';

/** A program that checks a model, wherever it has been copied to, against its golden picture. */
export function verifyProgram(runtime: PythonRuntime): string {
  return `"""Asks the model beside this file about ${goldenPicture}: exit code 0 if it says what ${goldenRecord} expects, else 1.

Needs numpy, pillow and ${runtime.module}: python ${verifyFile}
"""
import json
import os
import sys

import numpy as np
${runtime.import}
from PIL import Image

os.chdir(os.path.dirname(os.path.abspath(__file__)))
with open('${goldenRecord}', encoding='utf-8') as file:
    golden = json.load(file)
${runtime.open}

picture = np.asarray(Image.open(golden['picture']), np.uint8)
pixels = picture.reshape(*picture.shape[:2], -1)
answer = ${runtime.ask}
apart = float(np.abs(answer - np.array(golden['probabilities'])).max())
good = apart <= golden['tolerance']
print(f"{'right' if good else 'WRONG'}: the largest difference is {apart:.1e}, {golden['tolerance']:.0e} is allowed")
sys.exit(0 if good else 1)
`;
}
