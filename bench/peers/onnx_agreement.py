"""What onnxruntime says of pictures: given in the network's own pixels, and whole. See onnx-agreement.ts."""
import json
import os
import sys

import numpy as np
import onnxruntime

scratch, count = sys.argv[1], int(sys.argv[2])


def picture(i):
    content = np.fromfile(os.path.join(scratch, f'{i}.raw'), np.uint8)
    height, width, channels = content[:12].view(np.uint32)
    return content[12:].reshape(1, height, width, channels)


answers = {}
for precision, folder in (('float32', 'float'), ('int8', 'int8')):
    golden = json.load(open(os.path.join(scratch, folder, 'how-to-use.json')))['picture']
    session = onnxruntime.InferenceSession(os.path.join(scratch, folder, 'model.onnx'))
    ask = lambda pixels: session.run(['probabilities'], {'pictures': pixels})[0][0].tolist()
    own = np.fromfile(os.path.join(scratch, 'pixels.raw'), np.uint8)
    own = own.reshape(count, 1, golden['height'], golden['width'], -1)
    answers[f'{precision} same pixels'] = [ask(pixels) for pixels in own]
    answers[f'{precision} whole pictures'] = [ask(picture(i)) for i in range(count)]
print(json.dumps(answers))
