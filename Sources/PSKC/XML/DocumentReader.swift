import Foundation
import FoundationXML

/// XML to a tree of elements, with bounds; nothing outside the document is ever looked at.
///
/// A document type declaration is refused before the parser sees it, so that there are no entities but XML's own five.
final class DocumentReader: NSObject, XMLParserDelegate {
    /// RFC 6030 needs 8 levels.
    static let maximumDepth = 32
    /// Attributes of one element.
    static let maximumAttributes = 32

    private var open: [Element] = []
    private var root: Element?
    private var count = 0
    private var packages = 0
    private var failure: PSKCError?
    private let limits: PSKCLimits

    private init(_ limits: PSKCLimits) { self.limits = limits }

    /// The outermost element.
    ///
    /// - Throws: ``PSKCError``.
    static func root(of bytes: [UInt8], within limits: PSKCLimits = .usual) throws(PSKCError) -> Element {
        guard bytes.count <= limits.bytes else { throw .tooLarge("bytes") }
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else { throw .malformed(line: 1) }
        try check(prologue: text)

        let reader = DocumentReader(limits)
        // In pieces: libxml2 takes at most 10 MB at once.
        let parser = XMLParser(stream: InputStream(data: Data(bytes)))
        parser.shouldProcessNamespaces = true
        parser.shouldResolveExternalEntities = false
        parser.delegate = reader
        let isWhole = parser.parse()
        if let failure = reader.failure { throw failure }
        guard isWhole, let root = reader.root else { throw .malformed(line: max(1, parser.lineNumber)) }
        return root
    }

    /// Refuses what the parser must not see; another encoding could write it so that a search for its letters does not find it.
    ///
    /// FoundationXML crashes on a processing instruction without data, and a key container has none of any kind.
    private static func check(prologue text: String) throws(PSKCError) {
        for word in ["<!DOCTYPE", "<!ENTITY", "<!doctype", "<!entity"] where text.utf8.contains(word.utf8) { throw .documentType }
        for range in text.utf8.ranges(of: "<?".utf8) {
            let rest = text.utf8[range.upperBound...]
            guard rest.starts(with: "xml ".utf8) || rest.starts(with: "xml\t".utf8) || rest.starts(with: "xml\n".utf8) else {
                throw .unexpected("a processing instruction", in: "KeyContainer")
            }
        }
        var start = text[...]
        if start.first == "\u{FEFF}" { start.removeFirst() }
        guard start.hasPrefix("<?xml") else { return }
        guard let end = start.firstRange(of: "?>") else { throw .malformed(line: 1) }
        let declaration = start[..<end.lowerBound].lowercased()
        guard declaration.contains("encoding") else { return }
        guard ["utf-8", "us-ascii"].contains(where: { declaration.contains("\"\($0)\"") || declaration.contains("'\($0)'") }) else {
            throw .malformed(line: 1)
        }
    }

    private func stop(_ parser: XMLParser, _ error: PSKCError) {
        failure = failure ?? error
        parser.abortParsing()
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String] = [:]
    ) {
        count += 1
        guard root == nil else { return stop(parser, .malformed(line: parser.lineNumber)) }
        guard open.count < Self.maximumDepth else { return stop(parser, .tooLarge("levels")) }
        guard count <= limits.elements else { return stop(parser, .tooLarge("elements")) }
        if name == "KeyPackage" { packages += 1 }
        guard packages <= limits.packages else { return stop(parser, .tooLarge("keys")) }
        guard attributes.count <= Self.maximumAttributes else { return stop(parser, .tooLarge("attributes")) }
        open.append(Element(namespace: namespaceURI ?? "", name: name, attributes: attributes, line: parser.lineNumber))
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        guard let element = open.popLast() else { return stop(parser, .malformed(line: parser.lineNumber)) }
        if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
        if !open.isEmpty { open[open.count - 1].text += text }
    }

    func parser(_ parser: XMLParser, parseErrorOccurred error: any Error) {
        failure = failure ?? .malformed(line: max(1, parser.lineNumber))
    }

    func parser(_ parser: XMLParser, foundCDATA block: Data) {
        if !open.isEmpty { open[open.count - 1].text += String(decoding: block, as: UTF8.self) }
    }
}
