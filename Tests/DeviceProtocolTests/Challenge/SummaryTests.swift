import DeviceProtocol
import Foundation
import Testing

@Suite struct SummaryTests {
    @Test(arguments: try Example.all())
    func `a summary comes back from JSON as it was, with its lines in order`(example: Example) throws {
        let summary = example.challenge.summary
        let read = try JSONDecoder().decode(Summary.self, from: JSONEncoder().encode(summary))
        #expect(read == summary)
        #expect(read.lines.map(\.label) == summary.lines.map(\.label))
    }

    @Test func `another title, text or order of lines is another summary`() {
        let one = Summary.Line("Payee", "Ada")
        let two = Summary.Line("Reference", "Bob")
        let summaries = [
            Summary(title: "Payment", lines: [one, two]), Summary(title: "Payment", lines: [two, one]),
            Summary(title: "Login", lines: [one, two]), Summary(title: "Payment", lines: [one]),
            Summary(title: "Payment", lines: [.init("Payee", "Bob"), .init("Reference", "Ada")]), Summary(title: "Payment", lines: []),
        ]
        #expect(Set(summaries).count == summaries.count)
    }

    @Test(arguments: [#"{"title":"Payment"}"#, #"{"lines":[]}"#, #"{"title":"Payment","lines":[{"label":"Payee"}]}"#, "[]"])
    func `JSON without all its parts is no summary`(text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Summary.self, from: Data(text.utf8)) }
    }
}
