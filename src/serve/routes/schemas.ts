/** The API in JSON Schema: checks queries, and is what /docs shows. */

const query = {
  type: 'object',
  properties: {
    top: {
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      default: 5,
      description: 'Classes, the likeliest first',
    },
    nearest: {
      type: 'integer',
      minimum: 0,
      maximum: 20,
      default: 0,
      description: 'Training pictures that are nearest by their features',
    },
    explain: {
      type: 'boolean',
      default: false,
      description: 'Add the map of places that speak for the answer',
    },
    class: { type: 'string', maxLength: 500, description: '… for this class instead' },
    images: {
      type: 'boolean',
      default: false,
      description: 'Add what the network saw, and the map over it, as data URLs',
    },
  },
} as const;

const share = { type: 'number', minimum: 0, maximum: 1 } as const;

const answerProperties = {
  run: { type: 'string' },
  predictions: {
    type: 'array',
    items: { type: 'object', properties: { label: { type: 'string' }, probability: share } },
  },
  plain: { type: 'boolean', description: 'A single colour: there is nothing in it to classify' },
  trained: {
    type: 'boolean',
    description: 'The run has trained or chosen on this very file: that it knows it says little',
  },
  unlike: {
    type: 'object',
    description: 'Whether it is unlike anything the run was trained on, where something judges that',
    properties: { isUnlike: { type: 'boolean' }, text: { type: 'string' } },
  },
  nearest: {
    type: 'array',
    items: {
      type: 'object',
      properties: {
        label: { type: 'string' },
        similarity: { type: 'number', description: 'Cosine of the centred features, −1 to 1' },
        picture: { type: 'string', description: 'Address of its thumbnail' },
      },
    },
  },
  map: {
    type: 'object',
    properties: {
      class: { type: 'string' },
      method: { type: 'string' },
      height: { type: 'integer' },
      width: { type: 'integer' },
      values: {
        type: 'array',
        items: { type: 'number' },
        description: 'What each place contributes, row by row',
      },
      constant: { type: 'number' },
    },
  },
  images: { type: 'object', properties: { seen: { type: 'string' }, map: { type: 'string' } } },
} as const;

export const problem = {
  type: 'object',
  properties: { statusCode: { type: 'integer' }, error: { type: 'string' }, message: { type: 'string' } },
} as const;

const refusals = {
  413: { description: 'The file is too large, or has too many pixels', ...problem },
  415: { description: 'Not a picture of a kind that is taken', ...problem },
  422: { description: 'A damaged picture, or no such class', ...problem },
  503: { description: 'Too many pictures are waiting: come back after Retry-After seconds', ...problem },
} as const;

const consumes = ['multipart/form-data', 'image/jpeg', 'image/png', 'application/octet-stream'];

export const predict = {
  tags: ['pictures'],
  summary: 'What one picture shows',
  description: 'The picture is the body, or the one file of a form.',
  consumes,
  querystring: query,
  response: { 200: { type: 'object', properties: answerProperties }, ...refusals },
} as const;

export const predictMany = {
  tags: ['pictures'],
  summary: 'What up to 16 pictures show',
  description: 'The files of one form. A picture that cannot be used has an error of its own.',
  consumes: ['multipart/form-data'],
  querystring: query,
  response: {
    200: {
      type: 'object',
      properties: {
        results: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              name: { type: 'string' },
              ...answerProperties,
              error: { type: 'string' },
              statusCode: { type: 'integer' },
            },
          },
        },
      },
    },
    ...refusals,
  },
} as const;

export const checkMap = {
  tags: ['pictures'],
  summary: 'Whether the map of a picture depends on the network, and beats random places and the centre',
  description: 'One at a time, in a process of its own; takes seconds.',
  consumes,
  querystring: {
    type: 'object',
    required: ['class'],
    properties: { class: { type: 'string', maxLength: 500 } },
  },
  response: { 200: { type: 'object', additionalProperties: true }, ...refusals },
} as const;

const correctionsKept = {
  type: 'object',
  properties: {
    total: { type: 'integer' },
    perClass: {
      type: 'array',
      items: { type: 'object', properties: { label: { type: 'string' }, pictures: { type: 'integer' } } },
    },
  },
} as const;

export const corrections = {
  list: {
    tags: ['corrections'],
    summary: 'Corrected pictures that are kept',
    response: { 200: correctionsKept },
  },
  keep: {
    tags: ['corrections'],
    summary: 'Keeps a picture as one of a class',
    description:
      "A form with the picture and the field 'label'. The same picture again: the last word counts.",
    consumes: ['multipart/form-data'],
    response: { 200: correctionsKept, ...refusals },
  },
  forget: {
    tags: ['corrections'],
    summary: 'Takes a correction back',
    params: { type: 'object', properties: { digest: { type: 'string', pattern: '^[0-9a-f]{64}$' } } },
    response: { 200: correctionsKept },
  },
} as const;

const state = {
  type: 'object',
  properties: { state: { type: 'string', enum: ['none', 'training', 'failed', 'trained'] } },
  additionalProperties: true,
} as const;

export const retrain = {
  begin: {
    tags: ['corrections'],
    summary: 'Trains the head again with the corrections, in a process of its own',
    response: { 202: state },
  },
  state: {
    tags: ['corrections'],
    summary: 'How it stands: training, or trained with the comparison on the same held-out pictures',
    response: { 200: state },
  },
  take: {
    tags: ['corrections'],
    summary: 'Makes the corrected head a new run, which answers from now on',
    response: { 200: { type: 'object', properties: { run: { type: 'string' } } } },
  },
  leave: { tags: ['corrections'], summary: 'Lets go of the corrected head', response: { 200: state } },
} as const;
