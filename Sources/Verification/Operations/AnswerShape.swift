import DeviceProtocol
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
