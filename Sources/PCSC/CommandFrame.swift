import Secrets

/// A command on its way to a card: bytes that anybody may see, or bytes on a locked page, wiped with the value.
enum CommandFrame: ~Copyable, Sendable {
    case plain([UInt8])
    case secret(SecretBytes)
}
