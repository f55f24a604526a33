import ScanChallenge
import Testing

@Suite struct ScanSequenceTests {
    @Test func `the epoch outweighs the counter`() {
        let ordered = [(0, 0), (0, 1), (0, .max), (1, 0), (1, 7), (2, 3), (.max, 0), (.max, .max)].map {
            ScanSequence(epoch: $0.0, counter: $0.1)
        }
        #expect(ordered.shuffled().sorted() == ordered)
        for (earlier, later) in zip(ordered, ordered.dropFirst()) {
            #expect(earlier < later)
            #expect(!(later < earlier))
        }
        for place in ordered { #expect(!(place < place)) }
    }

    @Test(
        arguments: [
            (0, 0, 0, 1), (0, 41, 0, 42), (3, .max - 1, 3, .max), (3, .max, 4, 0),
        ] as [(UInt16, UInt32, UInt16, UInt32)])
    func `the next place is the least that is greater`(epoch: UInt16, counter: UInt32, nextEpoch: UInt16, nextCounter: UInt32) {
        let place = ScanSequence(epoch: epoch, counter: counter)
        #expect(place.next() == ScanSequence(epoch: nextEpoch, counter: nextCounter))
    }

    @Test func `after the very last place there is none`() {
        #expect(ScanSequence(epoch: .max, counter: .max).next() == nil)
        #expect(ScanSequence(epoch: .max, counter: .max - 1).next() != nil)
    }

    @Test func `six bytes, most significant first, in the order of the sequence`() {
        let place = ScanSequence(epoch: 0x0102, counter: 0x0304_0506)
        #expect(place.bytes == [1, 2, 3, 4, 5, 6])
        #expect(ScanSequence(bytes: [1, 2, 3, 4, 5, 6]) == place)
        #expect("\(ScanSequence(epoch: 1, counter: 42))" == "1.42")
        let ends = [ScanSequence(epoch: 0, counter: 0), ScanSequence(epoch: .max, counter: .max)]
        #expect(ends.map(\.bytes) == [[0, 0, 0, 0, 0, 0], [255, 255, 255, 255, 255, 255]])
        for end in ends { #expect(ScanSequence(bytes: end.bytes) == end) }
    }

    @Test(arguments: [0, 5, 7, 64])
    func `another number of bytes is no sequence`(count: Int) {
        #expect(ScanSequence(bytes: [UInt8](repeating: 1, count: count)) == nil)
    }
}
