import CardApplications
import ISO7816
import Secrets
import Synchronization
import TestSupport
import Testing

/// What a card still has to give after a certificate was recalled, and what follows upon that.
struct RecallTests {
    /// Remembers in memory what begins alike.
    private final class Memory: ObjectCache {
        private let objects = Mutex<[[UInt8]]>([])

        func object(beginning: [UInt8]) -> [UInt8]? { objects.withLock { $0.first { $0.starts(with: beginning) } } }
        func keep(_ object: [UInt8]) { objects.withLock { $0.append(object) } }
        func forgetAll() { objects.withLock { $0 = [] } }
    }

    /// A recorded card with a memory beside it, which notes every exchange.
    private final class Remembering: CardChannel {
        let card: ReplayedCard
        let objectCache: (any ObjectCache)?
        private let noted = Mutex<[(command: [UInt8], answer: [UInt8])]>([])

        init(_ card: ReplayedCard, _ memory: Memory) {
            self.card = card
            objectCache = memory
        }

        var exchanges: [(command: [UInt8], answer: [UInt8])] { noted.withLock { $0 } }
        var atr: ATR { card.atr }

        func transmit(_ command: [UInt8]) async throws(CardError) -> [UInt8] {
            let answer = try await card.transmit(command)
            noted.withLock { $0.append((command, answer)) }
            return answer
        }

        func transmit(_ command: consuming SensitiveCommand) async throws(CardError) -> [UInt8] {
            let header = command.header
            let answer = try await card.transmit(command)
            noted.withLock { $0.append((header, answer)) }
            return answer
        }
    }

    @Test(arguments: [(0x9A, CardKey.Role.authentication), (0x9C, .signature)] as [(UInt8, CardKey.Role)])
    func `after a recall PIN and signature are right, and the rest of the certificate is never asked for`(
        _ reference: UInt8, _ role: CardKey.Role
    ) async throws {
        let memory = Memory()
        func card() throws -> Remembering {
            let scenarios = PIVReplayTests.scenarios + ["raw-wrong-then-right-pin", "raw-unknown-aid"]
            return Remembering(try ReplayedCard("pivapplet", scenarios: scenarios), memory)
        }
        let first = try card()
        let read = try await CardApplications.open(on: first, for: [role])
        let second = try card()
        let application = try await CardApplications.open(on: second, for: [role])
        #expect(application.keys == read.keys)
        #expect(second.exchanges.count < first.exchanges.count)
        // The card began to give the certificate, and has more.
        let beginnings = second.exchanges.filter { $0.command.count > 1 && $0.command[1] == 0xCB && $0.answer.suffix(2).first == 0x61 }
        #expect(beginnings.count == 1)

        let key = try #require(application.keys.first { $0.id == [reference] })
        #expect(try await application.verify(try pin("123456"), for: key) == .accepted)
        let signature = try await application.sign(digest: recordedDigest, with: key)
        let data = try #require(try Recording("pivapplet", "raw-sign-\(reference == 0x9A ? "9A" : "9C")").result?.data?.bytes)
        #expect(verifies(signature, of: data, by: key.certificate))

        // GET RESPONSE only fetches what the command just before it has announced.
        for (before, exchange) in zip(second.exchanges, second.exchanges.dropFirst()) where exchange.command[1] == 0xC0 {
            #expect(before.answer.suffix(2).first == 0x61 && before.command[1] != 0xCB)
        }
    }
}
