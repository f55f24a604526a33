public import DeviceProtocol
import Foundation

extension Credential {
    /// What evidence keeps of an answer: the mark of a code, a signature itself; `nil` for what no such device answers.
    func trace(of response: Response, to id: ChallengeID) -> String? {
        switch (self, response) {
        case (.timedCode(let timed), .code(let code)): timed.evidenceKey.mark(of: code, for: id)
        case (.countedCode(let counted), .code(let code)): counted.evidenceKey.mark(of: code, for: id)
        case (.scanCode(let scan), .code(let code)): scan.evidenceKey.mark(of: code, for: id)
        case (.phone(let phone), .code(let code)): phone.evidenceKey.mark(of: code, for: id)
        case (.phone(let phone), .signedCode(let code, let signature)):
            "\(phone.evidenceKey.mark(of: code, for: id)) \(Data(signature).base64EncodedString())"
        case (.certificates, .signature(let signature, _)): Data(signature).base64EncodedString()
        default: nil
        }
    }

    /// What a device with it answers, in words.
    var wanted: String {
        switch self {
        case .timedCode, .countedCode, .scanCode: "a code"
        case .phone: "a code, or a code and its signature"
        case .certificates: "a signature and its certificates"
        }
    }

    /// Whether a device with it can answer so, rightly or wrongly.
    func takes(_ response: Response) -> Bool {
        switch (self, response) {
        case (.timedCode, .code), (.countedCode, .code), (.scanCode, .code), (.phone, .code), (.phone, .signedCode),
            (.certificates, .signature):
            true
        default: false
        }
    }
}

extension Evidence {
    /// The signature in ``answer``, as it was given; `nil` for a code's mark alone.
    ///
    /// A phone's stands behind the mark. A mark is 64 hexadecimal digits. No signature reads so in Base64: those of 48 bytes are ECDSA's,
    /// in DER, and begin with an M.
    public var signature: [UInt8]? {
        guard let last = answer.split(separator: " ").last else { return nil }
        let isMark = last.utf8.count == 64 && last.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        return isMark ? nil : Data(base64Encoded: String(last)).map { Array($0) }
    }
}
