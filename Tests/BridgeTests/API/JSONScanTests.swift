import Foundation
import HTTPDoor
import HTTPTypes
import Testing
import Verification

@testable import Bridge

@Suite struct JSONScanTests {
    private func scan(_ text: String) throws -> JSONScan { try JSONScan(Array(text.utf8)) }

    @Test func `a secret is taken out, with its escapes, and spaces stay in its place`() throws {
        let scan = try scan(#"{"user": "al", "pass\u0077ord": "P\u00e4\ud83d\ude00\n\"", "questions": [{"answer": "x"}, {"answer": ""}]}"#)
        #expect(scan.secrets["password"]?.reveal() == "Pä😀\n\"")
        #expect(scan.secrets["questions[0].answer"]?.reveal() == "x")
        #expect(scan.secrets["questions[1].answer"]?.reveal() == "")
        let rest = try JSONSerialization.jsonObject(with: Data(scan.bytes)) as? [String: Any]
        #expect((rest?["password"] as? String)?.allSatisfy { $0 == " " } == true)
        #expect(rest?["user"] as? String == "al")
    }

    @Test(arguments: [
        "", " ", "{", "{]", "[1,]", #"{"a" 1}"#, #"{"a": 1,}"#, #"{a: 1}"#, #""\x""#, #""\u12"#, #""\ud800""#, #""\ud800A""#, "\"\u{1}\"",
        "{} {}", #"{"a": 1, "a": 2}"#, #"{"a": 1, "\u0061": 2}"#, "\"", String(repeating: "[", count: 100_000),
    ])
    func `what is no JSON, or could be read two ways, is refused`(text: String) {
        let problem = #expect(throws: Problem.self) { try scan(text) }
        #expect(problem?.status == .badRequest && problem?.code == "invalidRequest")
    }

    @Test func `a secret of more than a page is refused`() {
        let problem = #expect(throws: Problem.self) { try scan(#"{"password": ""# + String(repeating: "x", count: 4097) + #""}"#) }
        #expect(problem?.code == "tooLong")
    }
}
