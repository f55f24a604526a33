/// Elements as text, two spaces a level.
struct DocumentWriter {
    private(set) var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    private var level = 0

    /// An element with what `content` writes into it.
    mutating func element(
        _ name: String, _ attributes: [(String, String?)] = [], _ content: (inout DocumentWriter) throws(PSKCError) -> Void
    ) throws(PSKCError) {
        line("<\(name)\(try Self.written(attributes, in: name))>")
        level += 1
        try content(&self)
        level -= 1
        line("</\(name)>")
    }

    /// An element with nothing but attributes.
    mutating func element(_ name: String, _ attributes: [(String, String?)]) throws(PSKCError) {
        line("<\(name)\(try Self.written(attributes, in: name))/>")
    }

    /// An element with text, or none at all for `nil`.
    mutating func element(_ name: String, text: String?) throws(PSKCError) {
        guard let text else { return }
        line("<\(name)>\(try Self.escaped(text, in: name))</\(name)>")
    }

    private mutating func line(_ content: String) {
        text += String(repeating: "  ", count: level) + content + "\n"
    }

    private static func written(_ attributes: [(String, String?)], in element: String) throws(PSKCError) -> String {
        var text = ""
        for case (let name, let value?) in attributes { text += " \(name)=\"\(try escaped(value, in: element))\"" }
        return text
    }

    /// A reader takes white space off the ends: text that has it there would come back as another.
    private static func escaped(_ text: String, in element: String) throws(PSKCError) -> String {
        guard !text.isEmpty, text.isPlainText, !text.contains(where: \.isNewline), text.first?.isWhitespace == false,
            text.last?.isWhitespace == false
        else { throw .value(of: "text", in: element) }
        return text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("\t", with: "&#9;")
    }
}
