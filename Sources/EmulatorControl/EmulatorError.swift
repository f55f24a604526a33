/// Why an emulated device could not be made, or be used like that.
public enum EmulatorError: Error, Hashable, Sendable {
    /// There is no such device.
    case noSuchEmulator(String)
    /// As many as there may be are there.
    case tooManyEmulators(limit: Int)
    /// There is a device with this number.
    case serialTaken(String)
    /// What was asked for makes no sense; the text says why.
    case invalidRequest(String)
    /// This device has no such part; the text says which.
    case notSupported(String)
    /// The device asks nothing.
    case nothingAsked
    /// The device asks something else by now.
    case promptChanged
    /// The device wants a PIN and got a yes, or the other way round; the text says what it wants.
    case otherAnswerWanted(String)
    /// That can be no PIN.
    case unsuitablePIN
    /// There is no QR code in the picture.
    case noCode
    /// The picture cannot be read; the text says why.
    case unreadablePicture(String)
    /// The device has answered nothing yet.
    case noAnswer
    /// The card is not in its reader.
    case cardNotThere(String)
    /// The card is in its reader.
    case cardThere(String)
    /// No copy has this number.
    case noSuchSnapshot(Int)
    /// The bank did not take the device; the text is the bank's.
    case enrolmentRefused(String)
    /// The machine or a library refused; the text says which.
    case unavailable(String)
}

extension EmulatorError: CustomStringConvertible {
    /// The stable name of this kind of error.
    public var code: String {
        switch self {
        case .noSuchEmulator: "noSuchEmulator"
        case .tooManyEmulators: "tooManyEmulators"
        case .serialTaken: "serialTaken"
        case .invalidRequest: "invalidRequest"
        case .notSupported: "notSupported"
        case .nothingAsked: "nothingAsked"
        case .promptChanged: "promptChanged"
        case .otherAnswerWanted: "otherAnswerWanted"
        case .unsuitablePIN: "unsuitablePIN"
        case .noCode: "noCode"
        case .unreadablePicture: "unreadablePicture"
        case .noAnswer: "noAnswer"
        case .cardNotThere: "cardNotThere"
        case .cardThere: "cardThere"
        case .noSuchSnapshot: "noSuchSnapshot"
        case .enrolmentRefused: "enrolmentRefused"
        case .unavailable: "unavailable"
        }
    }

    /// What happened, in one sentence.
    public var description: String {
        switch self {
        case .noSuchEmulator(let id): "no emulated device is called \"\(id)\""
        case .tooManyEmulators(let limit): "there are \(limit) emulated devices already"
        case .serialTaken(let serial): "there is an emulated device \"\(serial)\" already"
        case .invalidRequest(let reason), .notSupported(let reason), .unavailable(let reason): reason
        case .nothingAsked: "the device asks nothing"
        case .promptChanged: "the device asks something else by now"
        case .otherAnswerWanted(let wanted): "the device wants \(wanted)"
        case .unsuitablePIN: "a PIN has 1 to 32 printable characters"
        case .noCode: "there is no QR code in the picture"
        case .unreadablePicture(let reason): reason
        case .noAnswer: "the device has not answered anything"
        case .cardNotThere(let reader): "no card is in \"\(reader)\""
        case .cardThere(let reader): "the card is in \"\(reader)\" already"
        case .noSuchSnapshot(let number): "there is no copy number \(number)"
        case .enrolmentRefused(let reason): "the bank does not take the device: \(reason)"
        }
    }

    /// What the person can do next.
    public var hint: String {
        switch self {
        case .noSuchEmulator: "look at the list of emulators"
        case .tooManyEmulators: "remove one"
        case .serialTaken: "choose another number, or remove that one"
        case .invalidRequest: "correct the request"
        case .notSupported: "use another device"
        case .nothingAsked: "begin an operation first"
        case .promptChanged: "look at the device, and answer what it asks now"
        case .otherAnswerWanted: "answer what it asks"
        case .unsuitablePIN: "type the PIN again; no try was spent"
        case .noCode: "take a picture with the whole code in it"
        case .unreadablePicture: "send a PNG or JPEG picture"
        case .noAnswer: "let it look at a code, and answer what it asks"
        case .cardNotThere: "insert it first"
        case .cardThere: "pull it first"
        case .noSuchSnapshot: "look at the list of copies"
        case .enrolmentRefused: "look at the subscriber and at what the bank knows of the device"
        case .unavailable: "repeat; if it stays, look at the daemon's configuration"
        }
    }
}
