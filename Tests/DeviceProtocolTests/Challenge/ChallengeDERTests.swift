import Foundation
import TestSupport
import Testing

@testable import DeviceProtocol

@Suite struct ChallengeDERTests {
    @Test(arguments: try Example.all())
    func `the canonical bytes are those that another program computes`(example: Example) throws {
        #expect(example.challenge.der.hexadecimal == example.der)
        #expect(try Challenge(der: [UInt8](hexadecimal: example.der)) == example.challenge)
    }

    @Test func `random challenges of every kind come back as they were`() throws {
        var challenges = RandomChallenges(seed: 7)
        var kinds = Set<Int>()
        for _ in 0..<500 {
            let challenge = try challenges.nextOfAnySize()
            let read = try Challenge(der: challenge.der)
            #expect(read == challenge)
            #expect(read.der == challenge.der)
            switch challenge.content {
            case .login: kinds.insert(0)
            case .beneficiary: kinds.insert(1)
            case .payment: kinds.insert(2)
            case .activation: kinds.insert(3)
            case .batch(let batch): kinds.insert(batch.count > Batch.listedLimit ? 5 : 4)
            }
            if challenge.role != nil { kinds.insert(6) }
        }
        #expect(kinds == Set(0...6))
    }

    @Test(arguments: try Example.all())
    func `a challenge that is cut anywhere is refused`(example: Example) {
        let der = example.challenge.der
        for length in 0..<der.count {
            #expect(throws: ContentError.self, "\(length) bytes") { try Challenge(der: Array(der.prefix(length))) }
            #expect(throws: ContentError.self, "the last \(length) bytes") { try Challenge(der: Array(der.suffix(length))) }
        }
        for extra in [[0], [0, 0], [5, 0], der] as [[UInt8]] {
            #expect(throws: ContentError.self) { try Challenge(der: der + extra) }
        }
    }

    @Test(arguments: try Example.all())
    func `every change of a single byte is refused or means something else`(example: Example) {
        let der = example.challenge.der
        var refused = 0
        var different = 0
        for index in der.indices {
            for value in UInt8.min ... .max where value != der[index] {
                var changed = der
                changed[index] = value
                guard let other = try? Challenge(der: changed) else {
                    refused += 1
                    continue
                }
                different += 1
                if other == example.challenge || other.der != changed { Issue.record("byte \(index) as \(value)") }
            }
        }
        #expect(refused > 1000 && different > 100)
    }

    // MARK: Other spellings, put together by hand

    private func node(_ tag: UInt8, _ content: [UInt8]...) -> [UInt8] {
        let content = content.flatMap { $0 }
        let length: [UInt8] = content.count < 128 ? [UInt8(content.count)] : [0x81, UInt8(content.count)]
        return [tag] + length + content
    }
    private func text(_ value: String, tag: UInt8 = 0x0C) -> [UInt8] { node(tag, Array(value.utf8)) }

    private let version: [UInt8] = [0x02, 0x01, 0x01]
    private let id: [UInt8] = [0x04, 0x10] + [UInt8](0..<16)
    private let issuedAt: [UInt8] = [0x02, 0x04, 0x65, 0x53, 0xF1, 0x00]
    private let timeToLive: [UInt8] = [0x02, 0x01, 0x78]
    private var origin: [UInt8] { text("bank.example") }
    private var login: [UInt8] { node(0xA0, text("Luxembourg"), text("Firefox 140")) }

    @Test func `the pieces below make the example`() throws {
        let der = node(0x30, version, id, origin, issuedAt, timeToLive, login)
        #expect(der.hexadecimal == (try Example.all()[0].der))
    }

    @Test func `what could be written otherwise is refused`() throws {
        let content = [version, id, origin, issuedAt, timeToLive, login].flatMap { $0 }
        let length = UInt8(content.count)
        let spellings: [String: [UInt8]] = [
            "a length in two bytes": [0x30, 0x81, length] + content,
            "a length in three bytes": [0x30, 0x82, 0, length] + content,
            "an indefinite length": [0x30, 0x80] + content + [0, 0],
            "an integer with a leading zero": node(0x30, [0x02, 0x02, 0x00, 0x01], id, origin, issuedAt, timeToLive, login),
            "a time with a leading zero": node(0x30, version, id, origin, [0x02, 0x05, 0, 0x65, 0x53, 0xF1, 0], timeToLive, login),
            "an integer without bytes": node(0x30, version, id, origin, issuedAt, [0x02, 0x00], login),
            "a PrintableString": node(0x30, version, id, text("bank.example", tag: 0x13), issuedAt, timeToLive, login),
            "an IA5String": node(0x30, version, id, text("bank.example", tag: 0x16), issuedAt, timeToLive, login),
            "a constructed string": node(0x30, version, id, node(0x2C, text("bank.example")), issuedAt, timeToLive, login),
            "a BIT STRING for the id": node(0x30, version, [0x03] + id.dropFirst(), origin, issuedAt, timeToLive, login),
            "an ENUMERATED version": node(0x30, [0x0A, 0x01, 0x01], id, origin, issuedAt, timeToLive, login),
            "a primitive content": node(0x30, version, id, origin, issuedAt, timeToLive, [0x80] + login.dropFirst()),
            "an application tag": node(0x30, version, id, origin, issuedAt, timeToLive, [0x60] + login.dropFirst()),
            "a tag in the long form": node(0x30, version, id, origin, issuedAt, timeToLive, [0xBF, 0x00] + login.dropFirst()),
            "a SET": node(0x31, content),
            "two contents": node(0x30, content, login),
            "no content": node(0x30, version, id, origin, issuedAt, timeToLive),
            "another order": node(0x30, id, version, origin, issuedAt, timeToLive, login),
            "one text too many": node(0x30, version, id, origin, issuedAt, timeToLive, node(0xA0, text("a"), text("b"), text("c"))),
            "one text too few": node(0x30, version, id, origin, issuedAt, timeToLive, node(0xA0, text("a"))),
            "nothing": [],
            "an empty sequence": [0x30, 0x00],
        ]
        for (name, bytes) in spellings {
            #expect("\(name)") { try Challenge(der: bytes) } throws: { error in
                if case ContentError.notCanonical = error { true } else { false }
            }
        }
    }

    @Test func `content that is repaired when it is typed is refused when it is read`() {
        let iban = text("LU280019400644750000")
        let amount = [[0x02, 0x02, 0x04, 0xE2], text("EUR")].flatMap { $0 } as [UInt8]
        func payment(_ parts: [UInt8]...) -> [UInt8] {
            node(0x30, version, id, origin, issuedAt, timeToLive, node(0xA2, parts.flatMap { $0 }))
        }
        #expect(throws: Never.self) { try Challenge(der: payment(iban, amount, text("Zo\u{EB}"), text(""))) }
        let repaired: [String: [UInt8]] = [
            "text that is not in NFC": payment(iban, amount, text("Zoe\u{308}"), text("")),
            "an IBAN with spaces": payment(text("LU28 0019 4006 4475 0000"), amount, text("Zoë"), text("")),
            "an IBAN in lower case": payment(text("lu280019400644750000"), amount, text("Zoë"), text("")),
            "bytes that are no UTF-8": payment(iban, amount, node(0x0C, [0x5A, 0xFF]), text("")),
            "an overlong encoding": payment(iban, amount, node(0x0C, [0xC1, 0x81]), text("")),
            "a surrogate": payment(iban, amount, node(0x0C, [0xED, 0xA0, 0x80]), text("")),
        ]
        for (name, bytes) in repaired { #expect(throws: ContentError.self, "\(name)") { try Challenge(der: bytes) } }
    }

    @Test func `values out of their range keep the error that names them`() {
        func challenge(
            version: [UInt8]? = nil, id: [UInt8]? = nil, origin: [UInt8]? = nil, issuedAt: [UInt8]? = nil, timeToLive: [UInt8]? = nil,
            content: [UInt8]? = nil
        ) -> [UInt8] {
            node(
                0x30, version ?? self.version, id ?? self.id, origin ?? self.origin, issuedAt ?? self.issuedAt,
                timeToLive ?? self.timeToLive, content ?? login)
        }
        func payment(iban: String = "LU280019400644750000", units: [UInt8] = [0x01], currency: String = "EUR") -> [UInt8] {
            challenge(content: node(0xA2, text(iban), node(0x02, units), text(currency), text("Ada"), text("")))
        }
        let cases: [(ContentError, [UInt8])] = [
            (.notCanonical("version 2 is unknown"), challenge(version: [0x02, 0x01, 0x02])),
            (.notCanonical("version 0 is unknown"), challenge(version: [0x02, 0x01, 0x00])),
            (.notCanonical("version -1 is unknown"), challenge(version: [0x02, 0x01, 0xFF])),
            (.invalidIdentifier("a challenge has 16 bytes, not 15"), challenge(id: node(0x04, [UInt8](repeating: 1, count: 15)))),
            (.invalidIdentifier("a challenge has 16 bytes, not 0"), challenge(id: [0x04, 0x00])),
            (.empty(field: "origin"), challenge(origin: text(""))),
            (.tooLong(field: "origin", bytes: 59, limit: 58), challenge(origin: text(String(repeating: "b", count: 59)))),
            (.invalidLifetime(0), challenge(timeToLive: [0x02, 0x01, 0x00])),
            (.invalidLifetime(-1), challenge(timeToLive: [0x02, 0x01, 0xFF])),
            (.invalidLifetime(86_401), challenge(timeToLive: [0x02, 0x03, 0x01, 0x51, 0x81])),
            (.invalidLifetime(120), challenge(issuedAt: [0x02, 0x01, 0xFF])),
            (.invalidLifetime(120), challenge(issuedAt: [0x02, 0x08, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])),
            (.amountOutOfRange, payment(units: [0x00])), (.amountOutOfRange, payment(units: [0xFF])),
            (.amountOutOfRange, payment(units: [0x03, 0x8D, 0x7E, 0xA4, 0xC6, 0x80, 0x00])),
            (.unknownCurrency("eur"), payment(currency: "eur")),
            (.invalidIBAN("the check digits do not fit"), payment(iban: "LU290019400644750000")),
        ]
        for (error, bytes) in cases { #expect(throws: error) { try Challenge(der: bytes) } }
        #expect(throws: ContentError.self) { try Challenge(der: challenge(timeToLive: node(0x02, [UInt8](repeating: 1, count: 9)))) }
    }

    @Test(arguments: [5, 6, 30, 31] as [UInt8])
    func `a kind that is not known is told as such`(number: UInt8) {
        let tag = number == 31 ? [0xBF, 0x1F] : [0xA0 | number]
        let content = tag + login.dropFirst()
        #expect { try Challenge(der: node(0x30, version, id, origin, issuedAt, timeToLive, content)) } throws: { error in
            if case ContentError.notCanonical(let reason) = error { reason.contains("unknown kind") } else { false }
        }
    }

    @Test func `random and deeply nested bytes are refused`() {
        var generator = SeededGenerator(seed: 8)
        for length in 0..<300 {
            let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(throws: ContentError.self) { try Challenge(der: bytes) }
        }
        var nested: [UInt8] = []
        for _ in 0..<60 { nested = node(0x30, nested) }
        #expect(throws: ContentError.self) { try Challenge(der: nested) }
        let bottomless = [UInt8]((0..<100_000).map { $0.isMultiple(of: 2) ? 0x30 : 0x80 })
        #expect(throws: ContentError.self) { try Challenge(der: bottomless) }
    }
}
