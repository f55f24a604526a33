import Foundation

/// An element of a document, and what stands in it.
struct Element: Sendable {
    let namespace: String
    /// The name without prefix.
    let name: String
    let attributes: [String: String]
    /// The line on which its first tag ends.
    var line = 0
    var children: [Element] = []
    /// All text directly in it.
    var text = ""

    /// The text without white space at its ends.
    var value: String { text.trimmingCharacters(in: .whitespacesAndNewlines) }

    /// Whether it has that name, in one of these namespaces.
    func isNamed(_ name: String, in vocabularies: [Vocabulary] = [.pskc]) -> Bool {
        self.name == name && vocabularies.contains { $0.rawValue == namespace }
    }

    /// The child of that name, in one of these namespaces; `nil` when there is none.
    func child(_ name: String, in vocabularies: [Vocabulary] = [.pskc]) throws(PSKCError) -> Element? {
        let found = children.filter { $0.isNamed(name, in: vocabularies) }
        guard found.count < 2 else { throw .repeated(name, in: self.name) }
        return found.first
    }

    /// The child of that name, which has to be there.
    func required(_ name: String, in vocabularies: [Vocabulary] = [.pskc]) throws(PSKCError) -> Element {
        guard let child = try child(name, in: vocabularies) else { throw .missing(name, in: self.name) }
        return child
    }

    /// The text of a child that holds nothing but text.
    func string(_ name: String, in vocabularies: [Vocabulary] = [.pskc]) throws(PSKCError) -> String? {
        guard let child = try child(name, in: vocabularies) else { return nil }
        guard child.children.isEmpty, !child.value.isEmpty, child.value.isPlainText else { throw .value(of: name, in: self.name) }
        return child.value
    }

    /// An attribute's text.
    func attribute(_ name: String) throws(PSKCError) -> String? {
        guard let value = attributes[name] else { return nil }
        guard !value.isEmpty, value.isPlainText else { throw .value(of: name, in: self.name) }
        return value
    }

    /// Refuses children of the key container's namespace that are not in `names`, and those without namespace.
    ///
    /// Only elements of another namespace may extend an element (RFC 6030, 4 and 11.2: `##other`).
    func allow(_ names: Set<String>) throws(PSKCError) {
        for child in children {
            switch Vocabulary(rawValue: child.namespace) {
            case .pskc where names.contains(child.name): continue
            case .pskc, .unqualified: throw .unexpected(child.name, in: name)
            default: continue
            }
        }
    }

    /// The bytes that its text writes in Base64, in which white space may stand; bits behind the last byte are zero (RFC 4648, 3.5).
    func base64(in place: String) throws(PSKCError) -> [UInt8] {
        let text = text.filter { !$0.isWhitespace }
        guard children.isEmpty, let bytes = Data(base64Encoded: text), !bytes.isEmpty, bytes.base64EncodedString() == text else {
            throw .value(of: name, in: place)
        }
        return Array(bytes)
    }

    /// Whether it, or an element below it, is the key container's of that name; the depth is bounded by ``DocumentReader``.
    func contains(_ name: String) -> Bool { isNamed(name) || children.contains { $0.contains(name) } }
}

extension String {
    /// A whole number as it would be written; `nil` for another spelling of it, such as `+5` or `05`, and when it is none or too large.
    func integer<Number: FixedWidthInteger>(as type: Number.Type = Number.self) -> Number? {
        guard let number = Number(self), "\(number)" == self else { return nil }
        return number
    }

    /// Whether no character steers a terminal, hides text or turns its direction; lines may break.
    var isPlainText: Bool {
        unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control: scalar == "\n" || scalar == "\t" || scalar == "\r"
            case .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
            default: true
            }
        }
    }
}
