package millrace.bench;

/** One measurement: event|processing|one-key WORKLOAD N. Prints one JSON line. */
public final class Peer {
  private Peer() {}

  public static void main(String[] args) throws Exception {
    int n = Integer.parseInt(args[2]);
    if (args[0].equals("one-key")) OneKey.run(args[1], n);
    else Throughput.run(args[1], args[0].equals("processing"), n);
  }
}
