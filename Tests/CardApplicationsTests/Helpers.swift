import COpenSSL
import CardApplications
import ISO7816
import Secrets
import TestSupport

/// SHA-256 of the bytes that every recording signed.
let recordedDigest = [UInt8](hexadecimal: "804b2bdac2aaf87cebc502bc183de2ad6521b8b25bbdbe86f5f1a1ca125ba22e") ?? []

func pin(_ text: String) throws -> SecretBytes { try SecretBytes.copying(text.utf8) }

/// Whether libcrypto takes `signature` for one of SHA-256 over `data` by the key in `certificate`.
func verifies(_ signature: [UInt8], of data: [UInt8], by certificate: [UInt8]) -> Bool {
    certificate.withUnsafeBufferPointer { bytes in
        var cursor = bytes.baseAddress
        guard let parsed = d2i_X509(nil, &cursor, bytes.count) else { return false }
        defer { X509_free(parsed) }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, X509_get0_pubkey(parsed)) == 1 else { return false }
        return EVP_DigestVerify(context, signature, signature.count, data, data.count) == 1
    }
}

/// What `body` throws; `nil` when it does not, or throws something else.
func failure(of body: () async throws -> some Sendable) async -> CardError? {
    do {
        _ = try await body()
        return nil
    } catch { return error as? CardError }
}
