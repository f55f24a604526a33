import Foundation
import HTTPDoor
import HTTPTypes
import Hummingbird
import NIOCore
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

    @Test func `more secrets than any request has are refused before each gets its page`() throws {
        func list(_ count: Int) -> String { "{\"x\": [" + Array(repeating: #"{"old": "x"}"#, count: count).joined(separator: ",") + "]}" }
        #expect(try scan(list(32)).secrets.count == 32)
        let problem = #expect(throws: Problem.self) { try scan(list(33)) }
        #expect(problem?.status == .badRequest && problem?.code == "invalidRequest")
    }

    @Test func `what is wiped is the memory of the request itself`() async throws {
        let body = ByteBuffer(string: #"{"password": "Pass-w0rd"}"#)
        let request = Request(
            head: HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/"), body: RequestBody(buffer: body))
        let collected = try await request.body.collect(upTo: 1_024)
        #expect(String(buffer: collected).contains("Pass-w0rd"))
        collected.wipe()
        #expect(body.readableBytesView.allSatisfy { $0 == 0 } && body.readableBytes == 25)
    }

    @Test func `a secret of more than a page is refused`() {
        let problem = #expect(throws: Problem.self) { try scan(#"{"password": ""# + String(repeating: "x", count: 4097) + #""}"#) }
        #expect(problem?.code == "tooLong")
    }
}
