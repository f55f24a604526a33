import Foundation
import HTTPTypes
import NIOCore
import Testing

@testable import HTTPDoor

@Suite struct `Bodies of requests` {
    struct Account: Decodable, Equatable {
        let iban: String

        private enum CodingKeys: String, CodingKey, CaseIterable { case iban }

        init(iban: String) { self.iban = iban }
        init(from decoder: any Decoder) throws { iban = try Members<CodingKeys>(decoder).text(.iban) }
    }

    enum Speed: String, CaseIterable { case slow, fast }

    struct Payment: Decodable, Equatable {
        let count: Int
        let at: Date?
        let picture: Data?
        let account: Account?
        let others: [Account]?
        let speed: Speed?

        private enum CodingKeys: String, CodingKey, CaseIterable { case count, at, picture, account, others, speed }

        init(from decoder: any Decoder) throws {
            let members = try Members<CodingKeys>(decoder)
            (count, at) = (try members.value(Int.self, .count), try members.optional(Date.self, .at))
            picture = try members.optional(Data.self, .picture)
            (account, others) = (try members.optional(Account.self, .account), try members.optional([Account].self, .others))
            speed = try members.optionalWord(Speed.self, .speed)
        }
    }

    private func problem(_ json: String) -> Problem? {
        do throws(Problem) {
            _ = try JSON.decode(Payment.self, from: ByteBuffer(string: json))
            return nil
        } catch { return error }
    }

    @Test func `are read as they are declared`() throws {
        let json = """
            {"count": 3, "at": "2026-01-31T12:00:00Z", "picture": "AAE=", "account": {"iban": "LU"}, "others": [{"iban": "BE"}]}
            """
        let payment = try JSON.decode(Payment.self, from: ByteBuffer(string: json))
        #expect(payment.count == 3)
        #expect(payment.at == Date(timeIntervalSince1970: 1_769_860_800))
        #expect(payment.picture == Data([0, 1]))
        #expect(payment.account == Account(iban: "LU"))
        #expect(payment.others == [Account(iban: "BE")])
        let fraction = try JSON.decode(Payment.self, from: ByteBuffer(string: #"{"count":1,"at":"2026-01-31T13:00:00.5+01:00"}"#))
        #expect(fraction.at == Date(timeIntervalSince1970: 1_769_860_800.5))
    }

    @Test(arguments: [
        (#"{"count":1,"cuont":2}"#, "cuont"), (#"{"count":1,"account":{"iban":"LU","bic":"X"}}"#, "account.bic"),
        (#"{"count":1,"others":[{"iban":"LU"},{"iban":"LU","bic":"X"}]}"#, "others[1].bic"), (#"{"cuont":1}"#, "cuont"),
    ])
    func `with a member that nobody knows are refused by its name`(_ json: String, _ name: String) {
        let problem = problem(json)
        #expect(problem?.code == "unknownMember")
        #expect(problem?.status.code == 400)
        #expect(problem?.detail == "\(name) is not a member of this request")
        #expect(problem?.userAction?.contains(name.hasSuffix("bic") ? "there are iban" : "there are account, at, count") == true)
    }

    @Test(arguments: [#"{"count":1,"speed":"quick"}"#, #"{"count":1,"speed":""}"#])
    func `a word in place of which others are admitted is told with them`(_ json: String) throws {
        let problem = problem(json)
        #expect(problem?.code == "invalidRequest" && problem?.detail == "\"speed\" is none of slow, fast")
        #expect(problem?.userAction == "use one of these: slow, fast")
        #expect(try JSON.decode(Payment.self, from: ByteBuffer(string: #"{"count":1,"speed":"fast"}"#)).speed == .fast)
    }

    @Test(arguments: [
        (#"{}"#, #""count" is missing"#), (#"{"count":"3"}"#, #""count" is not a whole number"#),
        (#"{"count":null}"#, #""count" is null"#), (#"{"count":1.5}"#, "a number"), (#"{"count":1e400}"#, ""),
        (#"{"count":1,"at":"yesterday"}"#, "RFC 3339"), (#"{"count":1,"picture":"*"}"#, "picture"),
        (#"{"count":1,"account":[]}"#, "account"), (#"{"count":1,"account":{}}"#, #""account.iban" is missing"#),
        (#"{"count":1,"others":[{"iban":7}]}"#, #""others[0].iban" is not text"#), ("[]", ""), ("", "no body"), ("{", "no JSON"),
        ("null", ""), ("\u{FEFF}nonsense", "no JSON"),
    ])
    func `that are wrong are refused by what is wrong`(_ json: String, _ part: String) {
        let problem = problem(json)
        #expect(problem?.code == "invalidRequest", "\(json)")
        if !part.isEmpty { #expect(problem?.detail.contains(part) == true, "\(json): \(problem?.detail ?? "")") }
    }

    /// A mark below and one above the letter, again and again: to bring that to one form takes the square of its length.
    private static let marks = String(repeating: "\u{301}\u{323}", count: 200_000)

    @Test func `names that nobody has are refused as bytes, and compared with none`() {
        let escaped = String(repeating: #"\u0301\u0323"#, count: 60_000)
        for name in [Self.marks, escaped, "e\u{301}", String(repeating: "x", count: 65), String(repeating: "x", count: 900_000)] {
            for json in [#"{"\#(name)":1,"\#(name)x":2}"#, #"{"count":1,"account":{"\#(name)":[]}}"#, #"{"others":[{"\#(name)":1}]}"#] {
                let problem = problem(json)
                #expect(problem?.status.code == 400 && problem?.code == "unknownMember", "\(name.unicodeScalars.prefix(8))")
                #expect(problem.map { $0.detail.utf8.count < 200 } == true)
            }
        }
        #expect(problem("{\"\(String(repeating: "x", count: 64))\":1}")?.code == "unknownMember", "by the object that has no such member")
    }

    @Test func `a long text is refused before it is compared, unless it is of ASCII alone`() throws {
        let escaped = String(repeating: #"\u0301\u0323"#, count: 60_000)
        for text in [Self.marks, escaped, String(repeating: "é", count: 1_025)] {
            for json in [#"{"count":1,"speed":"\#(text)"}"#, #"{"count":1,"account":{"iban":"\#(text)"}}"#, #"{"x":["\#(text)"]}"#] {
                let problem = problem(json)
                #expect(problem?.status.code == 400 && problem?.code == "invalidRequest", "\(text.unicodeScalars.prefix(8))")
            }
        }
        for text in [String(repeating: "é", count: 1_024), String(repeating: "x", count: 500_000)] {
            let json = #"{"count":1,"account":{"iban":"\#(text)"}}"#
            #expect(try JSON.decode(Payment.self, from: ByteBuffer(string: json)).account?.iban.utf8.count == text.utf8.count)
        }
        #expect(problem(#"{"count":1,"speed":"\#(String(repeating: "x", count: 500_000))"}"#)?.detail.contains("slow, fast") == true)
    }
}
