/// What the standard calls a command, by its instruction byte; ISO/IEC 7816-4, table 5, and ISO/IEC 7816-8.
public enum CommandName {
    /// The name; `nil` for an instruction that the standard does not have.
    public static func of(_ command: [UInt8]) -> String? { command.count > 1 ? names[command[1]] : nil }

    private static let names: [UInt8: String] = [
        0x20: "VERIFY", 0x21: "VERIFY", 0x22: "MANAGE SECURITY ENVIRONMENT", 0x24: "CHANGE REFERENCE DATA",
        0x25: "CHANGE REFERENCE DATA", 0x2A: "PERFORM SECURITY OPERATION", 0x2C: "RESET RETRY COUNTER", 0x2D: "RESET RETRY COUNTER",
        0x70: "MANAGE CHANNEL", 0x82: "EXTERNAL AUTHENTICATE", 0x84: "GET CHALLENGE", 0x86: "GENERAL AUTHENTICATE",
        0x87: "GENERAL AUTHENTICATE", 0x88: "INTERNAL AUTHENTICATE", 0xA4: "SELECT", 0xA5: "SELECT DATA", 0xB0: "READ BINARY",
        0xB1: "READ BINARY", 0xB2: "READ RECORD", 0xC0: "GET RESPONSE", 0xCA: "GET DATA", 0xCB: "GET DATA", 0xD6: "UPDATE BINARY",
        0xDA: "PUT DATA", 0xDB: "PUT DATA",
    ]
}
