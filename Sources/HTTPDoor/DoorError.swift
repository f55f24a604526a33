/// Why a door cannot be opened.
public enum DoorError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another process has this socket; its ID, where it has said so.
    case taken(path: String, process: Int32?)
    /// Others can write into the folder of the socket, or have made it.
    case unsafeFolder(String, why: String)
    /// Something that is no socket stands where the socket belongs.
    case inTheWay(String, what: String)
    /// A path that no socket can have.
    case unusablePath(String, why: String)
    /// A token that is too short, or has characters that no token has.
    case weakToken(String)
    /// A certificate or key that cannot be used.
    case certificate(String, why: String)
    /// A port or address that cannot be listened at.
    case cannotListen(String, why: String)
    /// A system call that failed, with what `errno` says.
    case system(call: String, path: String, why: String)

    /// What is wrong, in one sentence.
    public var description: String {
        switch self {
        case .taken(let path, let process?): "process \(process) already serves \"\(path)\""
        case .taken(let path, nil): "another process already serves \"\(path)\""
        case .unsafeFolder(let path, let why): "the folder \"\(path)\" is not safe for a socket: \(why)"
        case .inTheWay(let path, let what): "\"\(path)\" is \(what)"
        case .unusablePath(let path, let why): "no socket can be at \"\(path)\": \(why)"
        case .weakToken(let name): "the token \"\(name)\" is too short, or has characters that a token cannot have"
        case .certificate(let path, let why): "\"\(path)\" cannot be used: \(why)"
        case .cannotListen(let place, let why): "cannot listen at \(place): \(why)"
        case .system(let call, let path, let why): "\(call) \"\(path)\": \(why)"
        }
    }

    /// What can be done about it.
    public var hint: String {
        switch self {
        case .taken: "stop the other one, or choose another socket"
        case .unsafeFolder: "choose a path in a folder that nobody but you can write into, as $XDG_RUNTIME_DIR is"
        case .inTheWay(let path, _): "move \"\(path)\" away, or choose another place"
        case .unusablePath: "choose a shorter path below /run or $XDG_RUNTIME_DIR"
        case .weakToken: "make one with: openssl rand -hex 32"
        case .certificate: "give a PEM file that this user can read"
        case .cannotListen: "choose another port or address"
        case .system(call: "mkdir", _, _): "make the folder above it, or choose a path in one where this user can write"
        case .system: "check who owns the folder, and that there is room"
        }
    }
}
