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
        similarity: { type: 'number', description: 'Cosine of the features' },
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
