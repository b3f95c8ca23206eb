import type { FastifyRequest } from 'fastify';
import { Refusal } from './picture-upload.js';

/** A file of a request. */
export interface UploadedFile {
  /** As the sender calls it, without folders; only ever sent back. */
  readonly name: string;
  readonly bytes: Buffer;
}

export interface UploadedForm {
  readonly files: readonly UploadedFile[];
  readonly fields: ReadonlyMap<string, string>;
}

/**
 * The picture of a request: its whole body, or the one file of a form.
 *
 * @throws Refusal 400 when there is none or more than one; 415 for a body of another kind.
 */
export async function pictureOf(request: FastifyRequest): Promise<UploadedFile> {
  if (Buffer.isBuffer(request.body)) return { name: '', bytes: request.body };
  const [file, more] = await filesOf(request);
  if (more)
    throw new Refusal(400, 'Expected one picture but received several: /api/predict/many takes them.');
  return file!;
}

/** The files of a form, at least one. */
export async function filesOf(request: FastifyRequest): Promise<readonly UploadedFile[]> {
  const { files } = await formOf(request);
  if (files.length === 0) throw new Refusal(400, 'Expected a picture in the form but received none.');
  return files;
}

/** @throws Refusal 415 when the body is no form. */
export async function formOf(request: FastifyRequest): Promise<UploadedForm> {
  if (!request.isMultipart()) {
    throw new Refusal(
      415,
      "Expected a picture as the body ('content-type: image/jpeg' or the like) or in a form (multipart/form-data).",
    );
  }
  const files: UploadedFile[] = [];
  const fields = new Map<string, string>();
  try {
    for await (const part of request.parts()) {
      if (part.type === 'file') files.push({ name: part.filename ?? '', bytes: await part.toBuffer() });
      else if (part.valueTruncated)
        throw new Refusal(413, `Expected a shorter text as '${part.fieldname.slice(0, 100)}'.`);
      else if (typeof part.value === 'string') fields.set(part.fieldname, part.value);
    }
  } catch (error) {
    if (error instanceof Error && 'statusCode' in error) throw error;
    throw new Refusal(400, 'Expected a form (multipart/form-data) but the body is none, or ends early.');
  }
  return { files, fields };
}
