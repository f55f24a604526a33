import DeviceProtocol
import Foundation
import HTTPDoor

/// What a device answered, in JSON: `{"code"}`, `{"signature", "certificates", "stapled"?}`, or `{"code", "signature"}`.
///
/// Signatures, certificates and OCSP responses are Base64 (RFC 4648, section 4) of DER.
struct DeviceAnswerForm: Decodable {
    /// The most characters of a code.
    static let codeLimit = 16
    /// The most certificates, and the most OCSP responses.
    static let listLimit = 16

    let response: Response
    /// OCSP responses (RFC 6960) that came with a signature.
    let stapled: [[UInt8]]

    typealias Response = DeviceProtocol.Response

    private enum CodingKeys: String, CodingKey, CaseIterable { case code, signature, certificates, stapled }

    init(from decoder: any Decoder) throws {
        let members = try Members<CodingKeys>(decoder)
        var stapled: [[UInt8]] = []
        if members.has(.certificates) {
            try members.refuseOthers(than: .signature, .certificates, .stapled)
            response = .signature(try members.bytes(.signature), certificates: try members.listOfBytes(.certificates))
            if members.has(.stapled) { stapled = try members.listOfBytes(.stapled) }
        } else {
            try members.refuseOthers(than: .code, .signature)
            let code = try members.text(.code, limit: Self.codeLimit)
            response = members.has(.signature) ? .signedCode(code, signature: try members.bytes(.signature)) : .code(code)
        }
        self.stapled = stapled
    }
}

extension Members {
    /// Bytes in Base64.
    func bytes(_ key: Key) throws -> [UInt8] { try Self.bytes(try text(key), path(key.stringValue)) }

    /// A list of bytes, each in Base64.
    func listOfBytes(_ key: Key) throws -> [[UInt8]] {
        let texts = try value([String].self, key)
        guard texts.count <= DeviceAnswerForm.listLimit else {
            throw Problem.invalidRequest("\(path(key.stringValue)) has at most \(DeviceAnswerForm.listLimit) entries")
        }
        return try texts.enumerated().map { index, text in try Self.bytes(text, "\(path(key.stringValue))[\(index)]") }
    }

    private static func bytes(_ text: String, _ path: String) throws -> [UInt8] {
        guard let bytes = Data(base64Encoded: text) else { throw Problem.invalidRequest("\(path) is not in Base64 (RFC 4648, section 4)") }
        return Array(bytes)
    }
}
