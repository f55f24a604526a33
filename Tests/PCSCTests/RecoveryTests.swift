import Foundation
import ISO7816
import TestSupport
import Testing

@testable import PCSC

/// The events of one step were not those that had to come.
private struct Missing: Error {
    let round: Int
    let told: [ReaderEvent]
    let expected: [ReaderEvent]
}

/// The service killed and restarted under a running monitor, with cards coming and going.
///
/// With figures: `TESSERA_PROVE=1 swift test --filter RecoveryTests` runs 50 rounds, otherwise it is 5.
@Suite(.timeLimit(.minutes(20))) struct RecoveryTests {
    @Test func `whatever happens to the service, every later event is seen, and nothing is left behind`() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            let rounds = Proof.isWhole ? 50 : 5
            let service = try await PrivatePCSCD.start(readers: 1)
            let slots = service.slots
            let names = slots.map(\.reader)
            let atr = try ATR(parsing: WireCard.plainATR)
            let lost = CardError(.serviceAbsent, "pcscd")
            let idle = Belongings.ofThisProcess
            var count = 0
            let watched = try await { () async throws -> Belongings in
                let events = PCSCReaders.patient.events()
                func expect(_ expected: [ReaderEvent], in round: Int) async throws {
                    var told: [ReaderEvent] = []
                    for await event in events {
                        told.append(event)
                        if told.count == expected.count { break }
                    }
                    guard told == expected else { throw Missing(round: round, told: told, expected: expected) }
                    count += told.count
                }
                try await expect(names.map { .readerArrived($0) }, in: 0)
                let before = Belongings.ofThisProcess
                for round in 1...rounds {
                    // A card comes and goes, and another stays while the service dies.
                    let slot = slots[round % slots.count]
                    let first = WireCard(in: slot)
                    try await expect([.cardInserted(atr, reader: slot.reader)], in: round)
                    first.pull()
                    try await expect([.cardRemoved(reader: slot.reader)], in: round)
                    let second = WireCard(in: slot)
                    try await expect([.cardInserted(atr, reader: slot.reader)], in: round)
                    service.stop()
                    let gone = names.flatMap { name -> [ReaderEvent] in
                        (name == slot.reader ? [.cardRemoved(reader: name)] : []) + [.readerLeft(name)]
                    }
                    try await expect([.serviceLost(lost)] + gone, in: round)
                    second.pull()
                    try await service.resume()
                    try await expect([.serviceBack] + names.map { .readerArrived($0) }, in: round)
                    #expect(await eventually { Belongings.ofThisProcess == before })
                    #expect(Belongings.ofThisProcess == before)
                }
                return before
            }()
            #expect(await eventually { Belongings.ofThisProcess == idle })
            let after = Belongings.ofThisProcess
            #expect(after == idle)
            let report = """
                recovery: \(rounds) restarts, \(count) events, none missing
                before: \(idle); watching, after each restart: \(watched); after: \(after)
                """
            FileHandle.standardOutput.write(Data("\n\(report)\n".utf8))
            service.stop()
        }
        let lines = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self).split(separator: "\n")
        let report = lines.filter { $0.hasPrefix("recovery: ") || $0.hasPrefix("before: ") }
        #expect(report.count == 2)
        print(report.joined(separator: "\n"))
    }
}
