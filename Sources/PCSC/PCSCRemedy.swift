extension PCSCCode {
    /// What helps against it, where experience says so; `nil` for a code that has many causes, or none of the person's.
    public var remedy: String? {
        switch self {
        case .noService, .shutdown, .communicationError: "start the service: \"systemctl start pcscd.socket\", or \"pcscd\" as root"
        case .serviceStopped: "make pcscd and libpcsclite the same version, then restart the service"
        case .invalidHandle: "repeat: the service was restarted, and what was open is lost"
        case .serverTooBusy, .noMemory: "close programs that use cards, or restart the service: \"systemctl restart pcscd\""
        case .securityViolation: "ask the administrator for the polkit rule org.debian.pcsc-lite.access_pcsc, or access_card for the card"
        case .sharingViolation: "close the browser or middleware that uses the card"
        case .noReaders: "attach a reader; \"lsusb\" shows whether the machine sees it"
        case .unknownReader, .readerUnavailable: "attach the reader again; its name may have changed"
        case .noSmartcard, .removedCard: "insert the card"
        case .resetCard: "repeat: select the application and enter the PIN again"
        case .unresponsiveCard, .unpoweredCard, .invalidATR: "clean the card's contacts and insert it the right way up"
        case .notTransacted, .communicationDataLost: "insert the card again, and try another reader if it stays"
        case .protocolMismatch, .unsupportedCard: "use another reader: this one cannot speak with the card"
        case .waitedTooLong, .timeout: "unplug the reader and plug it in again"
        case .insufficientBuffer: "do not repeat the command: it has run"
        default: nil
        }
    }

    /// `SCARD_W_UNRESPONSIVE_CARD`.
    static let unresponsiveCard = PCSCCode(rawValue: 0x8010_0066)
    /// `SCARD_W_UNPOWERED_CARD`.
    static let unpoweredCard = PCSCCode(rawValue: 0x8010_0067)
    /// `SCARD_W_UNSUPPORTED_CARD`.
    static let unsupportedCard = PCSCCode(rawValue: 0x8010_0065)
}
