import ISO7816
import TestSupport

@testable import Emulation

extension VirtualCard {
    /// A card with these files, with power; `keep` stands in for what makes its memory lasting.
    static func files(
        _ image: FileSystemImage, keep: @escaping CardMemory.Keeper = { _ throws(CardMemoryError) in }
    ) throws -> VirtualCard {
        let memory = CardMemory(image.memory().contents, keep: keep)
        guard let applet = FileSystemApplet(memory, randomness: SeededGenerator(seed: 1)) else { throw APDUError.malformed }
        let card = VirtualCard(atr: try ATR(parsing: [0x3B, 0x80, 0x80, 0x01, 0x01]), applets: [applet], memory: memory)
        card.powerOn()
        return card
    }

    /// The same card after its power was lost and its memory read from where it was kept.
    func remade() throws -> VirtualCard {
        guard let applet = FileSystemApplet(CardMemory(memory.contents), randomness: SeededGenerator(seed: 1)) else {
            throw APDUError.malformed
        }
        let card = VirtualCard(atr: atr, applets: [applet], memory: applet.memory)
        card.powerOn()
        return card
    }
}
