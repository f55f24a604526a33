/// Why a card's state file could not be made, opened or read.
public enum CardStateError: Error, Hashable, Sendable {
    /// There is no such file.
    case missing(String)
    /// There is a file of this name already.
    case exists(String)
    /// The file is none of ours.
    case foreign(String)
    /// The file is ours, and its contents are not what was written; the text says what is wrong.
    case damaged(String, String)
    /// The file has a version that a newer program wrote.
    case newer(String, version: Int)
    /// Another emulator uses the file.
    case locked(String)
    /// The file has several names (hard links), and a lock only for one of them.
    case linked(String)
    /// The file is sealed, and no passphrase was given.
    case passphraseNeeded(String)
    /// The file is sealed under another passphrase.
    case wrongPassphrase(String)
    /// A test card's file takes no passphrase.
    case notSealed(String)
    /// What is in the memory makes no card of this kind; the text says what is missing.
    case unusable(String)
    /// The copy is that of another kind of card.
    case otherCard
    /// The card's memory could not be written.
    case notKept(CardMemoryError)
    /// The machine refused: the call, the path, and why.
    case system(String, String, String)
    /// A secret could not be sealed, or a key not written down; the text says why.
    case notSealable(String)
}

extension CardStateError: CustomStringConvertible {
    /// What happened, in one sentence.
    public var description: String {
        switch self {
        case .missing(let path): "there is no file \"\(path)\""
        case .exists(let path): "there is a file \"\(path)\" already"
        case .foreign(let path): "\"\(path)\" is not the state of an emulated card"
        case .damaged(let path, let reason): "the card in \"\(path)\" is damaged: \(reason)"
        case .newer(let path, let version): "\"\(path)\" has version \(version), and this program knows \(CardStateDocument.version)"
        case .locked(let path): "another emulator uses \"\(path)\""
        case .linked(let path): "\"\(path)\" has other names (hard links), by which another emulator could use it"
        case .passphraseNeeded(let path): "the card in \"\(path)\" is sealed under a passphrase"
        case .wrongPassphrase(let path): "the passphrase is not that of \"\(path)\""
        case .notSealed(let path): "\"\(path)\" is a test card without a passphrase"
        case .unusable(let reason): "no card can be made of this memory: \(reason)"
        case .otherCard: "the copy is that of another kind of card"
        case .notKept(let error): error.description
        case .system(let call, let path, let reason): "\(call) \"\(path)\": \(reason)"
        case .notSealable(let reason): "the card's secrets could not be written: \(reason)"
        }
    }

    /// What the person can do next.
    public var hint: String {
        switch self {
        case .missing: "check the path"
        case .exists: "choose another name, or open that one"
        case .foreign: "check the path; nothing was changed"
        case .damaged: "restore the file from a copy, or choose another name for a new card"
        case .newer: "use the newer program"
        case .locked: "end the other emulator, or choose another file"
        case .linked: "copy the file, and open the copy; or remove the other names"
        case .passphraseNeeded: "give the passphrase in a file, or at the terminal"
        case .wrongPassphrase: "check the passphrase; it costs nothing to try again"
        case .notSealed: "leave the passphrase out"
        case .unusable: "restore the file from a copy, or choose another name for a new card"
        case .otherCard: "restore it into a card of its own"
        case .system("read", _, _): "name the file of the card"
        case .system, .notKept: "check the folder, its rights, and the space on the disk"
        case .notSealable: "repeat; if it stays, look at the machine's OpenSSL"
        }
    }
}
