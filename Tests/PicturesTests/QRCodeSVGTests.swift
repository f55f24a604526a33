import Foundation
import FoundationXML
import Testing

@testable import Pictures

@Suite struct QRCodeSVGTests {
    /// Collects what an XML parser finds.
    private final class Elements: NSObject, XMLParserDelegate {
        var found: [(name: String, attributes: [String: String])] = []
        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String] = [:]
        ) { found.append((name, attributes)) }
    }

    private func elements(_ svg: String) throws -> [(name: String, attributes: [String: String])] {
        let (parser, elements) = (XMLParser(data: Data(svg.utf8)), Elements())
        parser.delegate = elements
        try #require(parser.parse())
        return elements.found
    }

    @Test(arguments: ["A", "SC1:HELLO", String(repeating: "Z", count: 600)])
    func `the document is a white square with one path, as large as code and quiet zone`(text: String) throws {
        let code = try QRCode(encoding: text)
        let side = String(code.size + 8)
        let found = try elements(code.svg(modulePixels: 3))
        #expect(found.map(\.name) == ["svg", "rect", "path"])
        #expect(found[0].attributes["viewBox"] == "0 0 \(side) \(side)")
        #expect(found[0].attributes["width"] == String(3 * (code.size + 8)))
        #expect(found[0].attributes["height"] == found[0].attributes["width"])
        #expect(found[0].attributes["xmlns"] == "http://www.w3.org/2000/svg")
        #expect(found[1].attributes == ["width": side, "height": side, "fill": "#fff"])
        #expect(found[2].attributes["fill"] == "#000")
    }

    @Test(arguments: ["A", "https://example.lu/?q=1", String(repeating: "Q", count: 311)])
    func `the path is the dark modules, each once`(text: String) throws {
        let code = try QRCode(encoding: text)
        let path = try #require(elements(code.svg()).last?.attributes["d"])
        var drawn = [[Int]](repeating: [Int](repeating: 0, count: code.size + 8), count: code.size + 8)
        for run in path.split(separator: "z") {
            let parts = try #require(run.wholeMatch(of: /M(\d+) (\d+)h(\d+)v1h-(\d+)/)).output
            let (x, y, count) = try (#require(Int(parts.1)), #require(Int(parts.2)), #require(Int(parts.3)))
            #expect(parts.3 == parts.4)
            for column in x..<x + count { drawn[y][column] += 1 }
        }
        let modules = (-4..<code.size + 4).map { y in (-4..<code.size + 4).map { x in code[x: x, y: y] ? 1 : 0 } }
        #expect(drawn == modules)
    }

    @Test(arguments: [Int.min, -1, 0, 65, Int.max])
    func `modules of no pixels, or of too many, are refused`(modulePixels: Int) throws {
        let code = try QRCode(encoding: "A")
        #expect(throws: PictureError.modulePixels(modulePixels)) { try code.svg(modulePixels: modulePixels) }
    }
}
