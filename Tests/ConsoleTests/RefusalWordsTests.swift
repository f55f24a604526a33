import Foundation
import TestSupport
import Testing

/// What the page says in French to each refusal: a code that is added anywhere needs its sentence.
@Suite struct RefusalWordsTests {
    private static let package = Fixture.folder.deletingLastPathComponent()

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: package.appending(path: path), encoding: .utf8)
    }

    /// The keys of the page's table, with their sentences.
    private func words() throws -> [String: String] {
        let table = try Self.text("Sources/CAssets/page/js/fr-refusals.js")
        let pairs = table.matches(of: /\n  (\w+): "([^"]+)",/).map { (String($0.1), String($0.2)) }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    /// All codes that the bridge's document names.
    private func documented() throws -> Set<String> {
        let document = try Self.text("Docs/openapi.yaml")
        let list = try #require(document.firstMatch(of: /ProblemCode:\n[^\[]*enum: \[([^\]]*)\]/)).1
        return Set(list.split { !$0.isLetter }.map(String.init))
    }

    /// The codes that the page's own server and the emulator control name in their sources.
    private func ownCodes() throws -> Set<String> {
        var codes: Set<String> = []
        for folder in ["Sources/Console", "Sources/EmulatorControl"] {
            let files = try FileManager.default.contentsOfDirectory(atPath: Self.package.appending(path: folder).path)
            for file in files where file.hasSuffix(".swift") {
                let source = try Self.text("\(folder)/\(file)")
                codes.formUnion(source.matches(of: /Problem\(\s*\.\w+,\s*"(\w+)"/).map { String($0.1) })
                if file == "EmulatorError.swift" { codes.formUnion(source.matches(of: /case \.(\w+): "(\w+)"\n/).map { String($0.2) }) }
            }
        }
        let page = try Self.text("Sources/CAssets/page/js/api.js") + Self.text("Sources/CAssets/page/js/main.js")
        return codes.union(page.matches(of: /code: "(\w+)"/).map { String($0.1) })
    }

    @Test func `every code that the bridge's document names has a sentence in French`() throws {
        let codes = try documented()
        #expect(codes.count > 120 && codes.contains("refused") && codes.contains("noPairing"), "the list is read as it is written")
        #expect(try codes.subtracting(words().keys).sorted() == [])
    }

    @Test func `so has every code of the page's own server and of the emulated devices`() throws {
        let codes = try ownCodes()
        #expect(codes.isSuperset(of: ["draftGone", "signedOut", "doorUnreachable", "noCode", "cardThere", "pageOffline"]))
        #expect(try codes.subtracting(words().keys).sorted() == [])
    }

    @Test func `each is used, ends as a sentence, and names no code`() throws {
        let known = try documented().union(ownCodes())
        for (code, sentence) in try words() {
            #expect(known.contains(code), "nobody refuses with \(code)")
            #expect(sentence.hasSuffix(".") && sentence.count > 10 && !sentence.contains(code), "\(code): \(sentence)")
        }
    }
}
