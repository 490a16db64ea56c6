// Requests that a store refuses because it does not know what they ask for, and the input that leaves it out. The
// sentences are those of real stores: Cloudflare R2 (501 NotImplemented: Header 'x-amz-checksum-crc32' with value '…'
// not implemented), Backblaze B2 (400 InvalidArgument: Unsupported header 'x-amz-checksum-crc32' received for this API
// call; 501 NotImplemented for If-None-Match), Oracle (400 InvalidArgument: x-amz-content-sha256 must be
// UNSIGNED-PAYLOAD or a valid sha256 value), others that compute the digest of what they do not decode
// (XAmzContentSHA256Mismatch).

/** What the requests of a run carry. */
export interface Sent {
  checksums: boolean;
  conditionalWrites: boolean;
}

/** Statuses with which a store refuses a request as such: bad, without a length, not implemented. */
const refusing = new Set([400, 411, 501]);

/**
 * What to set, if an error is such a refusal. It would be refused again, however often it is repeated.
 *
 * @param error of the SDK: its name is the code of the response, and it has the fields of the response.
 */
export function adviceAfterRefusal(error: unknown, sent: Sent): string | undefined {
  const { name = "", message = "", $metadata, Header, ArgumentName } = (error ?? {}) as Partial<ErrorResponse>;
  if ($metadata?.httpStatusCode === undefined || !refusing.has($metadata.httpStatusCode)) return undefined;
  const text = [name, message, Header, ArgumentName].filter((one) => typeof one === "string").join(" ");
  if (/^InvalidPart$/.test(name))
    return /same (length|size)/i.test(message)
      ? "It takes only parts of equal size: set part-size, for example 64."
      : undefined;
  if (/x-amz-server-side-encryption/i.test(text) && /not (implemented|supported)|unsupported/i.test(text))
    return "It does not encrypt with KMS keys: omit kms-key.";
  if (/content-md5|x-amz-checksum/i.test(text) && /requires|required|missing/i.test(text))
    return sent.checksums ? undefined : "It wants checksums, as S3 does under Object Lock: set checksums: true.";
  if (sent.conditionalWrites && /\bif-(none-)?match\b/i.test(text))
    return "It does not support conditional writes: set conditional-writes: false, and read what that means in the README.";
  if (
    sent.checksums &&
    /x-amz-(sdk-)?checksum|x-amz-trailer|x-?amz-?content-?sha256|aws-chunked|payload-trailer/i.test(text)
  )
    return "It does not support the checksums that are sent: set checksums: false.";
  if (name === "NotImplemented" && /header/i.test(message)) return adviceForUnnamedHeader(sent);
  return undefined;
}

interface ErrorResponse {
  name: string;
  message: string;
  $metadata: { httpStatusCode?: number };
  Header: unknown;
  ArgumentName: unknown;
}

/** "A header you provided implies functionality that is not implemented", without its name. */
function adviceForUnnamedHeader({ checksums, conditionalWrites }: Sent): string | undefined {
  const inputs = [
    ...(conditionalWrites ? ["conditional-writes: false"] : []),
    ...(checksums ? ["checksums: false"] : []),
  ];
  return inputs.length === 0
    ? undefined
    : `It does not say which header: set ${inputs.join(", and if that is not enough, ")}.`;
}
