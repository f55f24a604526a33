import Foundation

/// An element of a document, and what stands in it.
struct Element: Sendable {
    /// The namespace of key containers (RFC 6030, 11.4).
    static let pskc = "urn:ietf:params:xml:ns:keyprov:pskc"

    let namespace: String
    /// The name without prefix.
    let name: String
    let attributes: [String: String]
    var children: [Element] = []
    /// All text directly in it.
    var text = ""

    /// The text without white space at its ends.
    var value: String { text.trimmingCharacters(in: .whitespacesAndNewlines) }

    /// The child of that name, in any namespace; `nil` when there is none.
    func child(_ name: String) throws(PSKCError) -> Element? {
        let found = children.filter { $0.name == name }
        guard found.count < 2 else { throw .repeated(name, in: self.name) }
        return found.first
    }

    /// The child of that name, which has to be there.
    func required(_ name: String) throws(PSKCError) -> Element {
        guard let child = try child(name) else { throw .missing(name, in: self.name) }
        return child
    }

    /// The text of a child that holds nothing but text.
    func string(_ name: String) throws(PSKCError) -> String? {
        guard let child = try child(name) else { return nil }
        guard child.children.isEmpty, !child.value.isEmpty, child.value.isPlainText else { throw .value(of: name, in: self.name) }
        return child.value
    }

    /// An attribute's text.
    func attribute(_ name: String) throws(PSKCError) -> String? {
        guard let value = attributes[name] else { return nil }
        guard !value.isEmpty, value.isPlainText else { throw .value(of: name, in: self.name) }
        return value
    }

    /// Refuses children of the key container's namespace that are not in `names`; others may extend any element (RFC 6030, 4).
    func allow(_ names: Set<String>) throws(PSKCError) {
        for child in children where child.namespace == Self.pskc && !names.contains(child.name) {
            throw .unexpected(child.name, in: name)
        }
    }

    /// The bytes that its text writes in Base64, in which white space may stand.
    func base64(in place: String) throws(PSKCError) -> [UInt8] {
        let text = text.filter { !$0.isWhitespace }
        guard children.isEmpty, let bytes = Data(base64Encoded: text), !bytes.isEmpty else { throw .value(of: name, in: place) }
        return Array(bytes)
    }

    /// Whether it, or an element below it, has that name; the depth is bounded by ``DocumentReader``.
    func contains(_ name: String) -> Bool { self.name == name || children.contains { $0.contains(name) } }
}

extension String {
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
