/// The version of the whole program, as `--version` and manifests name it.
public enum ProgramVersion {
    public static let text = "0.1.0"
}
