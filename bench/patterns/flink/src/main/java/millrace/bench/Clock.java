package millrace.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/** Wall and CPU time of the process since it was made. */
final class Clock {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final long wall = System.nanoTime();
  private final long cpu = SYSTEM.getProcessCpuTime();

  /** One JSON line, as bench/patterns/measure.ts prints it. */
  void print(long outputs) {
    double seconds = (System.nanoTime() - wall) / 1e9;
    double cpuSeconds = (SYSTEM.getProcessCpuTime() - cpu) / 1e9;
    System.out.println(
        String.format(
            Locale.ROOT,
            "{\"outputs\":%d,\"seconds\":%.3f,\"cpuSeconds\":%.3f}",
            outputs,
            seconds,
            cpuSeconds));
  }
}
