import CPCSC

/// The C library between this program and the PC/SC service.
public enum PCSCLibrary {
    /// The version of libpcsclite that Tessera was built with (`PCSCLITE_VERSION_NUMBER`); its interface has stayed the same since 1.5.
    public static var version: String { PCSCLITE_VERSION_NUMBER }
}
