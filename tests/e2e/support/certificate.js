// Certificates made for the occasion, by the openssl command.
import { execFileSync } from "node:child_process";
import path from "node:path";

/** A key and a certificate that it signed itself. */
export function certify(folder, name) {
  const files = {
    key: path.join(folder, `${name}.key`),
    certificate: path.join(folder, `${name}.pem`),
  };
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const output = ["-keyout", files.key, "-out", files.certificate, "-days", "2"];
  execFileSync("openssl", ["req", "-x509", ...curve, ...subject, ...output], { stdio: "pipe" });
  return files;
}
