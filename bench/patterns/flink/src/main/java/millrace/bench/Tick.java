package millrace.bench;

/** Event i, made from its number alone as in ../../../../../../../ticks.ts. A POJO by Flink's rules. */
public class Tick {
  private static final int KEYS = 1_000;

  public int key;
  public int type;
  public long timestamp;

  public Tick() {}

  Tick(int key, int type, long timestamp) {
    this.key = key;
    this.type = type;
    this.timestamp = timestamp;
  }

  static Tick of(long i) {
    long hash = i * 0x9E3779B97F4A7C15L;
    hash ^= hash >>> 32;
    int r = (int) (hash & 0x7fffffff);
    return new Tick(r % KEYS, r / KEYS % 10, i);
  }
}
