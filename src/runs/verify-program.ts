import { goldenPicture, goldenRecord } from './golden-picture.js';

/** Its file beside an ONNX model. */
export const verifyFile = 'verify.py';

/** A program that checks an ONNX model, wherever it has been copied to, against its golden picture. */
export const verifyProgram = `"""Asks the model beside this file about ${goldenPicture}: exit code 0 if it says what ${goldenRecord} expects, else 1.

Needs numpy, onnxruntime and pillow: python verify.py
"""
import json
import os
import sys

import numpy as np
import onnxruntime
from PIL import Image

folder = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(folder, '${goldenRecord}'), encoding='utf-8') as file:
    golden = json.load(file)
session = onnxruntime.InferenceSession(
    os.path.join(folder, 'model.onnx'), providers=['CPUExecutionProvider']
)
height, width, channels = session.get_inputs()[0].shape[1:]
pixels = np.asarray(Image.open(os.path.join(folder, golden['picture'])), np.uint8)
answer = session.run(['probabilities'], {'pictures': pixels.reshape(1, height, width, channels)})[0][0]
apart = float(np.abs(answer - np.array(golden['probabilities'])).max())
good = apart <= golden['tolerance']
print(f"{'right' if good else 'WRONG'}: the largest difference is {apart:.1e}, {golden['tolerance']:.0e} is allowed")
sys.exit(0 if good else 1)
`;
