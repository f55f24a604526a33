import ISO7816
import Testing

@testable import PCSC

private let atr: [UInt8] = [0x3B, 0x80, 0x80, 0x01, 0x01]

// Bits of pcsclite.h, spelled out so that a change of ours shows.
private let changed: UInt32 = 0x02
private let unknown: UInt32 = 0x04
private let empty: UInt32 = 0x10
private let present: UInt32 = 0x20
private let exclusive: UInt32 = 0x80
private let inUse: UInt32 = 0x100
private let mute: UInt32 = 0x200
private let unpowered: UInt32 = 0x400

private func state(_ name: String, _ flags: UInt32, count: UInt32 = 0) -> ReaderState {
    ReaderState(name: name, event: count << 16 | flags, atr: flags & present != 0 ? atr : [])
}

private func card(exclusive: Bool = false) throws -> CardSlot.Content { .card(try ATR(parsing: atr), exclusive: exclusive) }

@Suite struct ReaderStateTests {
    @Test(arguments: [
        (empty, CardSlot.Content.empty), (empty | changed, .empty), (0, .empty), (present | mute, .mute), (present | mute | inUse, .mute),
    ])
    func `flags without a readable card`(flags: UInt32, content: CardSlot.Content) {
        #expect(state("A", flags).content == content)
    }

    @Test(arguments: [present, present | changed, present | inUse, present | unpowered])
    func `a card with its Answer-to-Reset`(flags: UInt32) throws {
        #expect(state("A", flags).content == (try card()))
        #expect(state("A", flags, count: 0xFFFF).content == (try card()))
    }

    @Test func `exclusive use shows`() throws {
        #expect(state("A", present | exclusive).content == (try card(exclusive: true)))
    }

    @Test(arguments: [[], [0x3B], [0x00, 0x00], [0x3B, 0x80, 0x80, 0x01, 0x02], [UInt8](repeating: 0xFF, count: 33)])
    func `a card with an impossible Answer-to-Reset is mute`(bytes: [UInt8]) {
        #expect(ReaderState(name: "A", event: present, atr: bytes).content == .mute)
    }

    @Test func `the upper half of the word counts, and does not disturb the flags`() {
        let state = state("A", empty, count: 0x0123)
        #expect(state.eventCount == 0x0123)
        #expect(state.content == .empty)
        #expect(state.isKnown)
    }

    @Test func `a name that the service does not know`() {
        #expect(!state("A", unknown | changed).isKnown)
        #expect(state("A", empty).isKnown)
    }

    @Test func `in use is shared or exclusive`() {
        #expect(state("A", present | inUse).isInUse)
        #expect(state("A", present | exclusive).isInUse)
        #expect(!state("A", present).isInUse)
    }
}

@Suite struct ReaderViewTests {
    private static func slots(_ contents: (String, CardSlot.Content)...) -> [CardSlot] {
        contents.map { CardSlot(reader: $0.0, content: $0.1) }
    }

    @Test func `the first answer is news, also an empty one`() {
        var view = ReaderView()
        #expect(view.isFresh)
        #expect(view.take([]) == [[]])
        #expect(!view.isFresh)
        #expect(view.take([]).isEmpty)
    }

    @Test func `a card comes and goes`() throws {
        var view = ReaderView()
        #expect(view.take([state("A", empty)]) == [Self.slots(("A", .empty))])
        #expect(view.take([state("A", present, count: 1)]) == [Self.slots(("A", try card()))])
        #expect(view.take([state("A", empty, count: 2)]) == [Self.slots(("A", .empty))])
    }

    @Test func `what the consumer cannot see is no news`() throws {
        var view = ReaderView()
        _ = view.take([state("A", present, count: 1)])
        #expect(view.take([state("A", present | inUse, count: 1)]).isEmpty)
        #expect(view.take([state("A", present | unpowered, count: 1)]).isEmpty)
        #expect(view.take([state("A", present | exclusive, count: 1)]) == [Self.slots(("A", try card(exclusive: true)))])
    }

    @Test func `a card swapped between two looks was away`() throws {
        var view = ReaderView()
        _ = view.take([state("A", present, count: 1), state("B", present, count: 1)])
        #expect(
            view.take([state("A", present, count: 3), state("B", present, count: 1)]) == [
                Self.slots(("A", .empty), ("B", try card())), Self.slots(("A", try card()), ("B", try card())),
            ])
        #expect(view.take([state("A", present, count: 3), state("B", present, count: 1)]).isEmpty)
    }

    @Test func `an empty reader in which a card came and went is no news`() {
        var view = ReaderView()
        _ = view.take([state("A", empty, count: 2)])
        #expect(view.take([state("A", empty, count: 4)]).isEmpty)
    }

    @Test func `known readers are asked with their last word, new ones as unknown`() {
        var view = ReaderView()
        _ = view.take([state("A", present | changed, count: 5), state("B", empty)])
        let request = view.request(for: ["B", "C", "A"])
        #expect(request.map(\.name) == ["B", "C", "A"])
        #expect(request.map(\.event) == [empty, 0, 5 << 16 | present | changed])
    }

    @Test func `readers come and go`() throws {
        var view = ReaderView()
        _ = view.take([])
        #expect(view.take([state("A", present)]) == [Self.slots(("A", try card()))])
        #expect(view.take([state("B", empty), state("A", present)]) == [Self.slots(("B", .empty), ("A", try card()))])
        #expect(view.take([state("B", empty)]) == [Self.slots(("B", .empty))])
    }

    @Test func `a service that goes takes all readers with it, once`() {
        var view = ReaderView()
        _ = view.take([state("A", present, count: 7)])
        #expect(view.serviceWentAway() == [[]])
        #expect(view.serviceWentAway().isEmpty)
        // The counters of a new service start again: nothing is compared with the old one.
        #expect(view.request(for: ["A"]).map(\.event) == [0])
        #expect(view.take([state("A", empty)]) == [Self.slots(("A", .empty))])
    }

    @Test(arguments: 0..<50)
    func `whatever happens, each snapshot differs from the one before and the last is the truth`(seed: UInt64) {
        var generator = Numbers(state: seed)
        var view = ReaderView()
        var told: [[CardSlot]] = []
        var truth: [String: (flags: UInt32, count: UInt32)] = [:]
        for _ in 0..<200 {
            let name = ["A", "B", "C"][Int(generator.next() % 3)]
            switch generator.next() % 6 {
            case 0: truth[name] = nil
            case 1: truth[name] = (empty, 0)
            case 2: truth[name]?.flags ^= inUse
            case 3: truth[name]?.count += 2
            default:
                guard let old = truth[name] else { continue }
                truth[name] = (old.flags & present == 0 ? present : empty, old.count + 1)
            }
            let names = truth.keys.sorted()
            let request = view.request(for: names)
            #expect(request.map(\.name) == names)
            let news = view.take(names.compactMap { name in truth[name].map { state(name, $0.flags, count: $0.count) } })
            for slots in news {
                #expect(slots != told.last)
                told.append(slots)
            }
            #expect(
                told.last
                    == names.compactMap { name in
                        truth[name].map { CardSlot(reader: name, content: state(name, $0.flags).content) }
                    })
        }
        #expect(told.count > 50)
    }
}

/// Numbers that look random and are the same in each run: a linear congruence.
private struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33
    }
}
