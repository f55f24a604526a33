import Foundation

/// All that a log, a debugger or a crash report could tell of a value: printed, reflected, dumped, and as an element of something.
public struct Printed {
    /// All of it.
    public let text: String

    /// Prints a value in every way.
    public init(_ value: Any) {
        var dumped = ""
        dump(value, to: &dumped)
        dump([value], to: &dumped)
        text = ["\(value)", String(describing: value), String(reflecting: value), "\([value])", dumped].joined(separator: "\n")
    }

    /// Whether a secret is in it: as text, in hexadecimal or Base64, or as a row of numbers.
    public func tells(_ secret: [UInt8]) -> Bool {
        let digits = secret.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        var forms = [digits, digits.uppercased(), Data(secret).base64EncodedString()]
        if let plain = String(validating: secret, as: UTF8.self) { forms.append(plain) }
        if forms.contains(where: text.contains) { return true }
        // What is between the numbers, commas or the lines of a dump, is left out.
        let numbers = " " + text.split { !("0"..."9").contains($0) }.joined(separator: " ") + " "
        return numbers.contains(" " + secret.map(String.init).joined(separator: " ") + " ")
    }

    /// Whether a secret is in it.
    public func tells(_ secret: String) -> Bool { tells(Array(secret.utf8)) }
}
