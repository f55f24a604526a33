import CEchoCard

/// A card in C that gives one answer to every command: the least that a card behind vpcd can do.
@safe final class EchoCard {
    private let card = UnsafeMutablePointer<echo_card>.allocate(capacity: 1)
    private let atr: UnsafeMutableBufferPointer<UInt8>
    private let answer: UnsafeMutableBufferPointer<UInt8>

    /// A card at the vpcd that listens on this port of 127.0.0.1.
    init(port: UInt16, atr: [UInt8], answer: [UInt8]) throws {
        unsafe self.atr = .allocate(capacity: atr.count)
        unsafe self.answer = .allocate(capacity: answer.count)
        _ = unsafe self.atr.initialize(from: atr)
        _ = unsafe self.answer.initialize(from: answer)
        unsafe card.initialize(to: echo_card())
        unsafe card.pointee.atr = unsafe UnsafePointer(self.atr.baseAddress)
        unsafe card.pointee.atr_length = atr.count
        unsafe card.pointee.answer = unsafe UnsafePointer(self.answer.baseAddress)
        unsafe card.pointee.answer_length = answer.count
        try BenchmarkError.check(unsafe echo_card_start(card, port) == 0, "echo_card_start")
    }

    deinit {
        unsafe echo_card_stop(card)
        unsafe card.deallocate()
        unsafe atr.deallocate()
        unsafe answer.deallocate()
    }
}
