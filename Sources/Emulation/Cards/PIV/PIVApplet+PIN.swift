internal import ISO7816

extension PIVApplet {
    /// VERIFY, whose P1 = FF ends the login; SP 800-73-4 part 2, 3.2.1.
    mutating func verify(_ command: CommandAPDU) -> StatusWord {
        guard command.p2 == 0x80 else { return .referencedDataNotFound }
        switch (command.p1, command.data.isEmpty) {
        case (0x00, true): return pin.status
        case (0x00, false):
            let status = pin.verify(command.data)
            pinJustVerified = status == .success
            return status
        case (0xFF, true):
            pin.forget()
            return .success
        case (0xFF, false): return .wrongData
        default: return .wrongParameters
        }
    }

    /// CHANGE REFERENCE DATA of PIN or PUK: old value, new value; SP 800-73-4 part 2, 3.2.2.
    mutating func changeReferenceData(_ command: CommandAPDU) -> StatusWord {
        guard command.p1 == 0x00 else { return .wrongParameters }
        guard command.p2 == 0x80 || command.p2 == 0x81 else { return .referencedDataNotFound }
        guard command.data.count == 16 else { return .wrongData }
        let old = Array(command.data.prefix(8))
        let new = Array(command.data.suffix(8))
        return command.p2 == 0x80 ? pin.change(from: old, to: new) : puk.change(from: old, to: new)
    }

    /// RESET RETRY COUNTER: PUK, new PIN; SP 800-73-4 part 2, 3.2.3.
    mutating func resetRetryCounter(_ command: CommandAPDU) -> StatusWord {
        guard command.p1 == 0x00 else { return .wrongParameters }
        guard command.p2 == 0x80 else { return .referencedDataNotFound }
        guard puk.triesLeft > 0 else { return .authenticationBlocked }
        guard command.data.count == 16 else { return .wrongData }
        let new = Array(command.data.suffix(8))
        guard pin.format.accepts(new) else { return .wrongData }
        let status = puk.verify(Array(command.data.prefix(8)))
        puk.forget()
        return status == .success ? pin.replace(with: new) : status
    }
}
