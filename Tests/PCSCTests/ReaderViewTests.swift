import ISO7816
import Testing

@testable import PCSC

private let atr: [UInt8] = [0x3B, 0x80, 0x80, 0x01, 0x01]

// Bits of pcsclite.h, spelled out so that a change of ours shows.
private let changed: UInt32 = 0x02
private let unknown: UInt32 = 0x04
private let unavailable: UInt32 = 0x08
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

    @Test(arguments: [(0, false), (changed, false), (empty, true), (present, true), (unknown, true), (unavailable, true)])
    func `a reader is settled when it is said what is in it, or that it is of no use`(flags: UInt32, isSettled: Bool) {
        #expect(state("A", flags).isSettled == isSettled)
    }

    @Test func `in use is shared or exclusive`() {
        #expect(state("A", present | inUse).isInUse)
        #expect(state("A", present | exclusive).isInUse)
        #expect(!state("A", present).isInUse)
    }
}

@Suite struct ReaderViewTests {
    private static let absent = CardError(.serviceAbsent, "pcscd")

    private static func slots(_ contents: (String, CardSlot.Content)...) -> [CardSlot] {
        contents.map { CardSlot(reader: $0.0, content: $0.1) }
    }

    @Test func `the first answer is news, also an empty one`() {
        var view = ReaderView()
        #expect(!view.hasTold([]))
        #expect(view.take([]).snapshots == [[]])
        #expect(view.hasTold([]))
        #expect(view.take([]) == ReaderNews())
    }

    @Test func `a card comes and goes`() throws {
        var view = ReaderView()
        #expect(view.take([state("A", empty)]).snapshots == [Self.slots(("A", .empty))])
        #expect(view.take([state("A", present, count: 1)]).snapshots == [Self.slots(("A", try card()))])
        #expect(view.take([state("A", empty, count: 2)]).snapshots == [Self.slots(("A", .empty))])
    }

    @Test func `what the consumer cannot see is no news`() throws {
        var view = ReaderView()
        _ = view.take([state("A", present, count: 1)])
        #expect(view.take([state("A", present | inUse, count: 1)]).snapshots.isEmpty)
        #expect(view.take([state("A", present | unpowered, count: 1)]).snapshots.isEmpty)
        #expect(view.take([state("A", present | exclusive, count: 1)]).snapshots == [Self.slots(("A", try card(exclusive: true)))])
    }

    @Test func `a card swapped between two looks was away`() throws {
        var view = ReaderView()
        _ = view.take([state("A", present, count: 1), state("B", present, count: 1)])
        #expect(
            view.take([state("A", present, count: 3), state("B", present, count: 1)]).snapshots == [
                Self.slots(("A", .empty), ("B", try card())), Self.slots(("A", try card()), ("B", try card())),
            ])
        #expect(view.take([state("A", present, count: 3), state("B", present, count: 1)]).snapshots.isEmpty)
    }

    @Test func `an empty reader in which a card came and went is no news`() {
        var view = ReaderView()
        _ = view.take([state("A", empty, count: 2)])
        #expect(view.take([state("A", empty, count: 4)]).snapshots.isEmpty)
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
        #expect(view.take([state("A", present)]).snapshots == [Self.slots(("A", try card()))])
        #expect(view.take([state("B", empty), state("A", present)]).snapshots == [Self.slots(("B", .empty), ("A", try card()))])
        #expect(view.take([state("B", empty)]).snapshots == [Self.slots(("B", .empty))])
    }

    @Test func `a service that goes takes all readers with it, once`() {
        var view = ReaderView()
        _ = view.take([state("A", present, count: 7)])
        #expect(view.serviceWentAway(Self.absent).snapshots == [[]])
        #expect(view.serviceWentAway(Self.absent) == ReaderNews())
        // The counters of a new service start again: nothing is compared with the old one.
        #expect(view.request(for: ["A"]).map(\.event) == [0])
        #expect(view.take([state("A", empty)]).snapshots == [Self.slots(("A", .empty))])
    }

    @Test func `what happened is told in order: who went, then who came`() throws {
        let card = try ATR(parsing: atr)
        var view = ReaderView()
        #expect(
            view.take([state("A", empty), state("B", present, count: 1), state("C", present | mute, count: 1)]).events == [
                .readerArrived("A"), .readerArrived("B"), .cardInserted(card, reader: "B"), .readerArrived("C"), .cardMute(reader: "C"),
            ])
        #expect(
            view.take([state("D", present), state("A", present, count: 1), state("C", present | mute, count: 1)]).events == [
                .cardRemoved(reader: "B"), .readerLeft("B"), .readerArrived("D"), .cardInserted(card, reader: "D"),
                .cardInserted(card, reader: "A"),
            ])
    }

    @Test func `a card that was swapped unseen is removed, then inserted`() throws {
        var view = ReaderView()
        _ = view.take([state("A", present, count: 1)])
        let swap: [ReaderEvent] = [.cardRemoved(reader: "A"), .cardInserted(try ATR(parsing: atr), reader: "A")]
        #expect(view.take([state("A", present, count: 3)]).events == swap)
        #expect(view.take([state("A", present | exclusive, count: 3)]).events == [])
        #expect(view.take([state("A", present | mute, count: 3)]).events == [.cardMute(reader: "A")])
        #expect(view.take([state("A", present | mute, count: 5)]).events == [.cardRemoved(reader: "A"), .cardMute(reader: "A")])
    }

    @Test func `the service goes for a reason and comes back, each told once`() {
        var view = ReaderView()
        let denied = CardError(.accessDenied, "pcscd")
        #expect(view.serviceWentAway(Self.absent).events == [.serviceLost(Self.absent)])
        #expect(view.serviceWentAway(Self.absent).events == [])
        #expect(view.serviceWentAway(denied).events == [.serviceLost(denied)])
        #expect(!view.hasTold([]))
        #expect(view.take([state("A", empty)]).events == [.serviceBack, .readerArrived("A")])
        #expect(view.hasTold(["A"]))
        #expect(view.serviceWentAway(denied).events == [.serviceLost(denied), .readerLeft("A")])
        #expect(view.take([]).events == [.serviceBack])
    }

    @Test(arguments: 0..<50)
    func `whatever happens, each snapshot differs from the one before and the last is the truth`(seed: UInt64) {
        var generator = Numbers(state: seed)
        var view = ReaderView()
        var told: [[CardSlot]] = []
        var picture = Picture()
        var truth: [String: (flags: UInt32, count: UInt32)] = [:]
        for _ in 0..<200 {
            let name = ["A", "B", "C"][Int(generator.next() % 3)]
            switch generator.next() % 7 {
            case 6:
                for event in view.serviceWentAway(Self.absent).events { picture.take(event) }
                #expect(picture == Picture(isLost: true))
                told.append([])
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
            for event in news.events { picture.take(event) }
            for slots in news.snapshots {
                #expect(slots != told.last)
                told.append(slots)
            }
            #expect(
                told.last
                    == names.compactMap { name in
                        truth[name].map { CardSlot(reader: name, content: state(name, $0.flags).content) }
                    })
            #expect(picture == Picture(of: told.last ?? []))
        }
        #expect(told.count > 50)
    }
}

/// What somebody knows who has heard events only; every event must fit what was told before it.
private struct Picture: Equatable {
    /// Each reader with its card's ATR; an empty one of a mute card, `nil` without one.
    var readers: [String: [UInt8]?] = [:]
    var isLost = false

    init(isLost: Bool = false) { self.isLost = isLost }

    init(of slots: [CardSlot]) {
        for slot in slots {
            switch slot.content {
            case .empty: readers[slot.reader] = .some(nil)
            case .card(let atr, _): readers[slot.reader] = atr.bytes
            case .mute: readers[slot.reader] = []
            }
        }
    }

    mutating func take(_ event: ReaderEvent) {
        switch event {
        case .readerArrived(let name):
            #expect(readers[name] == nil)
            readers[name] = .some(nil)
        case .readerLeft(let name):
            #expect(readers[name] == .some(nil))
            readers[name] = nil
        case .cardInserted(let atr, let name):
            #expect(readers[name] != nil && readers[name] != atr.bytes)
            readers[name] = atr.bytes
        case .cardMute(let name):
            #expect(readers[name] != nil && readers[name] != [UInt8]())
            readers[name] = [UInt8]()
        case .cardRemoved(let name):
            #expect(readers[name] != nil && readers[name] != .some(nil))
            readers[name] = .some(nil)
        case .serviceLost:
            #expect(!isLost)
            isLost = true
        case .serviceBack:
            #expect(isLost)
            isLost = false
        }
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
