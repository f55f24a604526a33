import CardApplications
import Emulation
import ISO7816
import TestSupport
import Testing

/// Cards that are broken, or mean harm: every one ends in an error or an omission, after bounded work.
struct LyingCardTests {
    private let certificate: [UInt8]

    init() throws {
        certificate = try #require(try Fixture.json("certificates/keys.json", as: [String: HexBytes].self)["p256"]?.bytes)
    }

    /// Opens a PKCS#15 card with `changes`, and returns it with what went wrong.
    private func open(_ changes: [String: [UInt8]?]) async throws -> (keys: Int, errors: [CardError], commands: Int) {
        let card = try FileSystemCard(PKCS15Builder.files(certificate: certificate, changes))
        do {
            let application = try await CardApplications.open(on: card)
            // Absent TokenInfo is no fault here.
            return (application.keys.count, application.unusable.filter { $0.code != .refused(.fileNotFound) }, card.commands.count)
        } catch {
            return (0, [error], card.commands.count)
        }
    }

    @Test(
        arguments: [
            ("50155031", "A084FFFFFFFF"), ("50155031", "A0827FFF3004"), ("50155031", "3080"), ("50155031", "1F"),
            ("50154402", "A084FFFFFFFF"), ("50154402", "30"), ("50154402", "A0023000"), ("50154402", "A00430003000"),
            ("50154402", "A006300030003100"), ("50154403", "3084FFFFFFFF"), ("50154403", "3003020101"), ("50154401", "307F"),
            ("50154401", "30043000A100"), ("50154301", "308201"), ("50154301", "3003020101"), ("50154301", "0400"),
            ("50154301", "00000000"),
        ])
    func `a file that its bytes do not bear out is reported and yields no key`(_ file: String, _ content: String) async throws {
        let bytes = try #require([UInt8](hexadecimal: content))
        let result = try await open([file: bytes])
        #expect(result.keys == 0)
        #expect(result.errors.contains { $0.code == .malformedAnswer })
        #expect(result.commands < 40)
    }

    @Test(arguments: ["50154402", "50154403", "50154401", "50154301"])
    func `a file that is named and not there is reported and yields no key`(_ file: String) async throws {
        let card = try FileSystemCard(PKCS15Builder.files(certificate: certificate, [file: nil]))
        let application = try await CardApplications.open(on: card)
        #expect(application.keys.isEmpty)
        #expect(application.unusable.contains { $0.code == .refused(.fileNotFound) && $0.subject.contains(file) })
    }

    @Test func `a certificate cut short anywhere is never taken for one`() async throws {
        for count in stride(from: 0, to: certificate.count, by: 7) {
            let result = try await open(["50154301": Array(certificate.prefix(count))])
            #expect(result.keys == 0)
            #expect(!result.errors.isEmpty)
        }
    }

    @Test func `every directory cut short anywhere is an error or an omission, never a trap`() async throws {
        let files = PKCS15Builder.files(certificate: certificate)
        for name in ["50155031", "50154401", "50154402", "50154403"] {
            let whole = try #require(files[name])
            for count in 0..<whole.count {
                let result = try await open([name: Array(whole.prefix(count))])
                #expect(result.commands < 40)
            }
        }
    }

    @Test func `every byte of every directory changed is an error or an omission, never a trap`() async throws {
        let files = PKCS15Builder.files(certificate: certificate)
        for name in ["50155031", "50154401", "50154402", "50154403"] {
            let whole = try #require(files[name])
            for position in whole.indices {
                for value: UInt8 in [0x00, 0x7F, 0x80, 0x84, 0xFF] {
                    var changed = whole
                    changed[position] = value
                    #expect(try await open([name: changed]).commands < 200)
                }
            }
        }
    }

    @Test func `directories that name themselves and each other end`() async throws {
        let odf = [0xA0, 0xA4, 0xA8].flatMap { tag in TLV(UInt32(tag), containing: [PKCS15Builder.path("3F0050155031")]).encoded }
        let result = try await open(["50155031": odf])
        #expect(result.keys == 0)
        #expect(!result.errors.isEmpty)
        #expect(result.commands < 30)
    }

    @Test func `a certificate whose path is its own directory yields no key`() async throws {
        let loop = PKCS15Builder.certificate(path: PKCS15Builder.path("3F0050154403"))
        let result = try await open(["50154403": loop.encoded])
        #expect(result.keys == 0)
        #expect(result.errors.contains { $0.code == .malformedAnswer })
    }

    @Test(arguments: ["", "3F", "3F0050", "3F0050154401501550155015501550155015"])
    func `a path that cannot be one is refused`(_ path: String) async throws {
        let odf = TLV(0xA0, containing: [PKCS15Builder.path(path)]).encoded
        #expect(try await open(["50155031": odf]).errors.contains { $0.code == .malformedAnswer })
    }

    @Test func `of thousands of entries only a few are looked at`() async throws {
        let odf = (0..<500).flatMap { _ in TLV(0xA0, containing: [PKCS15Builder.path("3F0050154402")]).encoded }
        #expect(try await open(["50155031": odf]).commands < 120)
        let keys = (0..<200).flatMap { PKCS15Builder.key(id: UInt8($0), pin: nil).encoded }
        let certificates = (0..<200).flatMap { PKCS15Builder.certificate(id: UInt8($0)).encoded }
        let result = try await open(["50154402": keys, "50154403": certificates])
        #expect(result.keys <= 64)
        #expect(result.commands < 400)
    }

    @Test func `a file without end is read up to a limit`() async throws {
        let channel = try ScriptedChannel(
            [
                .init(answer: [0x6A, 0x82]), .init(answer: [0x90, 0x00]), .init(answer: [0x6A, 0x82]), .init(answer: [0x90, 0x00]),
                .init(answer: [UInt8](repeating: 0x30, count: 256) + [0x90, 0x00]),
            ], repeatsLast: true)
        let error = await failure { try await CardApplications.open(on: channel).name }
        #expect(error?.code == .malformedAnswer)
        #expect(channel.commands.count < 100)
    }

    @Test(arguments: ["", "90", "9000", "6100", "61FF", "6C00", "00009000", "6F849000", "3B009000", "53829000", "FFFFFFFF9000"])
    func `a card that answers everything alike is unknown or broken, after bounded work`(_ answer: String) async throws {
        let bytes = try #require([UInt8](hexadecimal: answer))
        let channel = try ScriptedChannel([.init(answer: bytes)], repeatsLast: true)
        do {
            let application = try await CardApplications.open(on: channel)
            #expect(application.keys.isEmpty)
        } catch {
            #expect([.unknownCard, .malformedAnswer, .refused(StatusWord(rawValue: 0x6C00))].contains(error.code))
        }
        #expect(channel.commands.count < 5000)
    }

    @Test(arguments: [CardError.Code.removed, .reset, .readerStuck, .cancelled], 0..<5)
    func `a channel that fails ends the opening at once, wherever it is`(_ code: CardError.Code, _ position: Int) async throws {
        // SELECT of PIV succeeds, and each of the four certificates is absent until the channel fails.
        let answers: [[UInt8]] = [[0x61, 0x02, 0x4F, 0x00, 0x90, 0x00]] + Array(repeating: [0x6A, 0x82], count: 4)
        let channel = try ScriptedChannel(
            answers.prefix(position).map { .init(answer: $0) } + [.init(failing: CardError(code, "Reader 1"))])
        let error = await failure { try await CardApplications.open(on: channel).name }
        #expect(error?.code == code)
        #expect(error?.subject == "Reader 1")
        #expect(channel.commands.count == position + 1)
        #expect(channel.failures == [])
    }

    @Test(arguments: [1, 20])
    func `a card that is slow for ever is given up when its time is over`(_ seconds: Int) async throws {
        // Every file yields a byte a time; so does every answer to GET RESPONSE.
        for answer in [[0x30, 0x90, 0x00], [0x30, 0x61, 0x01]] as [[UInt8]] {
            let channel = try ScriptedChannel(
                [
                    .init(answer: [0x6A, 0x82]), .init(answer: [0x90, 0x00]), .init(answer: [0x6A, 0x82]), .init(answer: [0x90, 0x00]),
                    .init(answer: answer),
                ], repeatsLast: true)
            let budget = TimeBudget(.seconds(120), on: VirtualClock(step: .seconds(seconds)))
            let error = await failure { try await CardApplications.open(on: channel, within: budget).name }
            #expect(error?.code == .malformedAnswer)
            #expect(channel.commands.count < 120 / seconds)
        }
    }
}
